"""The seed document's six queries beside ours, each answer as comparable rows (ruling S23).

Equal means: as the seed's SQL run by the owner; hidden columns left out, averages to 1e-6, ties in any order. What the
rulings change of a query is said at it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.connections import Connection
from tests.world import World

Rows = list[dict[str, Any]]


PAGE_ROWS = 20  # of the seed's recent images


@dataclass(frozen=True, slots=True)
class Asked:
    """One query: the seed's text with `%(user)s` for `$1`, our call, and how both become comparable."""

    seed: str
    call: str
    personal: bool
    comparable: Callable[[Rows], Any]
    hidden: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()

    def seeds(self, admin: Connection, user: UUID) -> Any:
        """What the seed's SQL tells its owner."""
        with admin.transaction():
            admin.execute("set local timezone = 'UTC'")
            return self.comparable(_without(admin.execute(self.seed.encode(), {"user": user}).fetchall(), self.hidden))

    def ours(self, world: World, user: UUID) -> Any:
        """What our function tells the caller."""
        with world.acting(user) as conn:
            found = conn.execute(f"select * from public.{self.call}".encode()).fetchall()
        return self.comparable(_without(found, self.added))


def _without(rows: Rows, names: frozenset[str]) -> Rows:
    return [{name: value for name, value in row.items() if name not in names} for row in rows]


def _as_they_come(rows: Rows) -> Any:
    return rows


def _popular(rows: Rows) -> Any:
    """The ranks; who stands at a rank alone is compared whole, a rank shared at the end may hold either."""
    ranks = [(row["generation_count"], row["usage_count"]) for row in rows]
    return ranks, [row for row in rows if ranks.count((row["generation_count"], row["usage_count"])) == 1]


def _by_place(rows: Rows) -> Any:
    return [row["order_index"] for row in rows], sorted(rows, key=lambda row: str(row["id"]))


def _by_moment(rows: Rows) -> Any:
    """The moments; of pictures that share the last moment of a full page either may stand there."""
    moments = [row["created_at"] for row in rows]
    cut = moments[-1] if len(rows) == PAGE_ROWS else None
    whole = [row for row in rows if row["created_at"] != cut]
    return moments, sorted(whole, key=lambda row: (row["created_at"], str(row["id"])))


def _days(rows: Rows) -> Any:
    for row in rows:
        if row["avg_generation_time"] is not None:
            row["avg_generation_time"] = round(row["avg_generation_time"], 6)
    return rows


SEED_SQL = {
    "profile_with_stats": Asked(
        """
        select p.*, count(gi.id) as total_images,
               count(case when gi.is_favorite then 1 end) as favorite_count,
               max(gi.created_at) as last_generation_at
          from profiles p left join generated_images gi on p.id = gi.user_id
         where p.id = %(user)s group by p.id
        """,
        "profile_with_stats()", True, _as_they_come,
    ),
    # S6: a left join, so that a picture outlives its scene
    "recent_images": Asked(
        """
        select gi.*, s.name as scene_name, s.category as scene_category
          from generated_images gi left join scenes s on gi.scene_id = s.id
         where gi.user_id = %(user)s order by gi.created_at desc limit 20
        """,
        "recent_images()", True, _by_moment, hidden=frozenset({"prompt", "negative_prompt"}),
    ),
    "popular_scenes": Asked(
        """
        select s.*, count(gi.id) as generation_count
          from scenes s left join generated_images gi on s.id = gi.scene_id
         where s.is_active = true group by s.id
         order by generation_count desc, s.usage_count desc limit 10
        """,
        "popular_scenes()", False, _popular, hidden=frozenset({"prompt_template", "negative_prompt"}),
    ),
    # S5, S18: premium is what is paid for now; the day is the quota's; what is left is added
    "daily_limit": Asked(
        """
        select coalesce(ut.generation_count, 0) as used,
               case when p.is_premium then 999999 else 10 end as limit, p.is_premium
          from profiles p left join usage_tracking ut on p.id = ut.user_id and ut.date = current_date
         where p.id = %(user)s
        """,
        "daily_limit()", True, _as_they_come, added=frozenset({"remaining", "resets_at"}),
    ),
    "categories_with_scene_count": Asked(
        """
        select c.*, count(s.id) as active_scene_count
          from categories c left join scenes s on c.slug = s.category and s.is_active = true
         where c.is_active = true group by c.id order by c.order_index
        """,
        "categories_with_scene_count()", False, _by_place,
    ),
    "daily_generation_stats": Asked(
        """
        select date(created_at) as date, count(*) as total_generations, count(distinct user_id) as unique_users,
               avg(generation_time) as avg_generation_time
          from generated_images where created_at >= current_date - interval '30 days'
         group by date(created_at) order by date desc
        """,
        "daily_generation_stats()", False, _days,
    ),
}  # fmt: skip
