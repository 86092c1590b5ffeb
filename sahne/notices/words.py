"""What notices say on a locked phone and in letters, in each language. In the app, the app has its own words.

What is filled in was written by anybody: one line, bounded. Nothing stands here that a passer-by may not read off the
screen: no amounts of money, no addresses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sahne.mail.words import Language, language_of

VALUE_CHARACTERS_MAX = 80
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Said:
    """A notice in words."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Text:
    """A notice's words with the places open; `many` is the body where it happened more than once."""

    title: str
    body: str
    many: str | None = None


class NoticeWords:
    """All texts; `language` is spoken to who reads none that there are words in."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def of(self, code: str, locale: str | None, actor: str | None, count: int, details: Mapping[str, Any]) -> Said:
        """A notice for a reader."""
        language = language_of([locale or ""], self._language)
        text = TEXTS[language].get(code, OTHER[language])
        values = {
            "name": _line(actor) or SOMEBODY[language],
            "title": _line(details.get("title")),
            "count": str(count),
        }
        body = text.many if text.many and count > 1 else text.body
        return Said(text.title.format_map(values), body.format_map(values))


def _line(value: object) -> str:
    return _INVISIBLE.sub(" ", value)[:VALUE_CHARACTERS_MAX].strip() if isinstance(value, str) else ""


SOMEBODY: dict[Language, str] = {"en": "Somebody", "tr": "Biri"}
OTHER: dict[Language, Text] = {
    "en": Text("News for you", "There is something new in your list."),
    "tr": Text("Yeni bildirim", "Listende yeni bir şey var."),
}
TEXTS: dict[Language, dict[str, Text]] = {
    "en": {
        "call_rings": Text("{name} is calling", "Tap to answer."),
        "call_missed": Text("Missed call", "{name} called you.", "{name} called you {count} times."),
        "gift_received": Text("A gift for you", "{name} sent you a gift.", "You got {count} gifts."),
        "follower_gained": Text("A new follower", "{name} follows you now.", "{count} people follow you now."),
        "subscribed": Text("A new subscriber", "{name} subscribed to you."),
        "subscription_renewed": Text("Renewed", "Your subscription to {name} goes on for a month."),
        "subscription_unpaid": Text(
            "Your subscription was not renewed", "Your coins did not reach for {name}. It is tried again tomorrow."
        ),
        "subscription_renews": Text("Your subscription is renewed soon", "In three days, to {name}."),
        "subscription_ended": Text("Your subscription ended", "To {name}. You can subscribe again at any time."),
        "premium_began": Text("You are premium", "Everything that premium opens is open now."),
        "premium_ended": Text("Your premium ended", "You can have it again at any time."),
        "premium_payment_failed": Text("Your payment failed", "Look at how you pay for premium in your app store."),
        "coins_bought": Text("Your coins are here", "What you bought is in your wallet."),
        "coins_taken_back": Text("Coins were taken back", "A purchase of yours was refunded by the store."),
        "session_planned": Text("{name} plans a session", "{title}"),
        "session_moved": Text("{name} moved a session", "{title}"),
        "session_called_off": Text("{name} called a session off", "{title}"),
        "session_live": Text("{name} is live", "{title}"),
        "invitation": Text("{name} invites you", "Come on stage: the session is live."),
        "request_approved": Text("You may come on stage", "{name} has said yes to your request."),
        "session_tomorrow": Text("Tomorrow: {name}", "{title}"),
        "session_soon": Text("Soon: {name}", "{title}"),
        "picture_ready": Text("Your pictures are ready", "Have a look.", "{count} sets of pictures are ready."),
        "picture_refused": Text("Your pictures were not made", "What was asked for is not allowed here."),
        "picture_failed": Text("Your pictures were not made", "Something went wrong. It cost you nothing; try again."),
        "report_reviewing": Text("Your report is being looked at", "Thank you for telling us."),
        "report_resolved": Text("Your report is closed", "We have acted on what you told us. Thank you."),
        "report_dismissed": Text("Your report is closed", "We found nothing that is against the rules."),
        "banned": Text("You were put out", "You cannot come into a session of {name} for now."),
        "account_suspended": Text("Your account is suspended", "Ask the people who run the app."),
        "suspension_lifted": Text("Your account is open again", "Its suspension is over."),
        "creator_approved": Text("You are a creator", "Your request was approved. Go live whenever you like."),
        "creator_refused": Text("Your request was refused", "You may ask again in a week."),
        "webhook_stopped": Text("A webhook was stopped", "Its address takes nothing any more. Look at it under Admin."),
        "account_kept": Text(
            "Your account stays", "You came back before it was erased. If it was not you, change your password."
        ),
        "new_device": Text(
            "A new device",
            "Somebody signed in to your account on a new device. If it was not you, change your password.",
        ),
        "password_changed": Text("Your password was changed", "If it was not you, reset it now."),
        "address_changed": Text(
            "Your address was changed",
            "Your account has another e-mail address now. If it was not you, ask the people who run the app.",
        ),
        "factor_added": Text(
            "A second factor was added",
            "Your account asks for it from now on. If it was not you, change your password.",
        ),
        "factor_removed": Text(
            "A second factor was removed", "Your account asks for it no more. If it was not you, change your password."
        ),
        "passkey_added": Text(
            "A passkey was added",
            "It opens your account without a password. If it was not you, remove it and change your password.",
        ),
        "passkey_removed": Text(
            "A passkey was removed", "It opens your account no more. If it was not you, change your password."
        ),
    },
    "tr": {
        "call_rings": Text("{name} arıyor", "Yanıtlamak için dokun."),
        "call_missed": Text("Cevapsız arama", "{name} seni aradı.", "{name} seni {count} kez aradı."),
        "gift_received": Text("Sana bir hediye", "{name} sana hediye gönderdi.", "{count} hediye aldın."),
        "follower_gained": Text(
            "Yeni takipçi", "{name} artık seni takip ediyor.", "{count} kişi artık seni takip ediyor."
        ),
        "subscribed": Text("Yeni abone", "{name} sana abone oldu."),
        "subscription_renewed": Text("Yenilendi", "{name} aboneliğin bir ay daha sürüyor."),
        "subscription_unpaid": Text(
            "Aboneliğin yenilenmedi", "Jetonların {name} için yetmedi. Yarın yeniden denenecek."
        ),
        "subscription_renews": Text("Aboneliğin yakında yenileniyor", "Üç gün sonra: {name}."),
        "subscription_ended": Text("Aboneliğin bitti", "{name}. İstediğin zaman yeniden abone olabilirsin."),
        "premium_began": Text("Artık premiumsun", "Premium ile açılan her şey şimdi açık."),
        "premium_ended": Text("Premium bitti", "İstediğin zaman yeniden alabilirsin."),
        "premium_payment_failed": Text("Ödeme alınamadı", "Uygulama mağazandaki ödeme yöntemine bak."),
        "coins_bought": Text("Jetonların geldi", "Satın aldıkların cüzdanında."),
        "coins_taken_back": Text("Jetonlar geri alındı", "Bir satın alman mağaza tarafından iade edildi."),
        "session_planned": Text("{name} yayın planladı", "{title}"),
        "session_moved": Text("{name} yayının saatini değiştirdi", "{title}"),
        "session_called_off": Text("{name} yayını iptal etti", "{title}"),
        "session_live": Text("{name} canlı yayında", "{title}"),
        "invitation": Text("{name} seni davet ediyor", "Sahneye gel: yayın sürüyor."),
        "request_approved": Text("Sahneye çıkabilirsin", "{name} isteğini kabul etti."),
        "session_tomorrow": Text("Yarın: {name}", "{title}"),
        "session_soon": Text("Birazdan: {name}", "{title}"),
        "picture_ready": Text("Resimlerin hazır", "Bir bak.", "{count} resim takımı hazır."),
        "picture_refused": Text("Resimlerin yapılmadı", "İstenen şeye burada izin yok."),
        "picture_failed": Text("Resimlerin yapılmadı", "Bir şeyler ters gitti. Hakkından düşülmedi; yeniden dene."),
        "report_reviewing": Text("Bildirimin inceleniyor", "Haber verdiğin için teşekkürler."),
        "report_resolved": Text("Bildirimin sonuçlandı", "Anlattıkların için gereken yapıldı. Teşekkürler."),
        "report_dismissed": Text("Bildirimin sonuçlandı", "Kurallara aykırı bir şey bulamadık."),
        "banned": Text("Yayından çıkarıldın", "{name} yayınına şimdilik giremezsin."),
        "account_suspended": Text("Hesabın askıya alındı", "Uygulamayı yönetenlere sor."),
        "suspension_lifted": Text("Hesabın yeniden açık", "Askı sona erdi."),
        "creator_approved": Text("Artık yayıncısın", "İsteğin kabul edildi. İstediğin zaman yayına çık."),
        "creator_refused": Text("İsteğin kabul edilmedi", "Bir hafta sonra yeniden isteyebilirsin."),
        "webhook_stopped": Text("Bir webhook durduruldu", "Adresi artık bir şey almıyor. Yönetim sayfasında bak."),
        "account_kept": Text("Hesabın duruyor", "Silinmeden önce geri döndün. Sen değilsen şifreni değiştir."),
        "new_device": Text("Yeni cihaz", "Hesabına yeni bir cihazdan girildi. Sen değilsen şifreni değiştir."),
        "password_changed": Text("Şifren değişti", "Sen değilsen hemen sıfırla."),
        "address_changed": Text(
            "Adresin değişti", "Hesabının artık başka bir e-posta adresi var. Sen değilsen uygulamayı yönetenlere sor."
        ),
        "factor_added": Text("İkinci adım eklendi", "Hesabın bundan sonra onu soracak. Sen değilsen şifreni değiştir."),
        "factor_removed": Text("İkinci adım kaldırıldı", "Hesabın artık onu sormuyor. Sen değilsen şifreni değiştir."),
        "passkey_added": Text(
            "Geçiş anahtarı eklendi", "Hesabını şifresiz açar. Sen değilsen onu kaldır ve şifreni değiştir."
        ),
        "passkey_removed": Text("Geçiş anahtarı kaldırıldı", "Hesabını artık açmıyor. Sen değilsen şifreni değiştir."),
    },
}
