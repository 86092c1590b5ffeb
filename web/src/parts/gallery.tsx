// The finished pictures of the signed-in user, newest first, through signed URLs; a click shows one large.
import { useEffect, useState } from "preact/hooks";
import { sahne } from "../client";
import { say, when } from "../words";
import { Failure } from "./failure";
import { Star } from "./icons";
import { Large } from "./large";

export interface Picture {
  id: string;
  image_url: string;
  thumbnail_url: string | null;
  is_favorite: boolean;
  created_at: string;
}

export interface Hung extends Picture {
  full: string;
  small: string;
}

const PICTURES_MAX = 30;
const SIGNED_SECONDS = 3600;
const PREFIX = "/storage/v1/object/authenticated/images/";

export function Gallery({ made }: { made: number }) {
  const [pictures, setPictures] = useState<Hung[] | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const large = pictures?.find((picture) => picture.id === shown);

  useEffect(() => {
    setFailure(null);
    hang().then(setPictures, setFailure);
  }, [made]);

  async function favor(picture: Hung) {
    setFailure(null);
    const is_favorite = !picture.is_favorite;
    const { error } = await sahne.from("generated_images").update({ is_favorite }).eq("id", picture.id);
    setFailure(error);
    if (!error) setPictures((before) => before && before.map((each) => (each.id === picture.id ? { ...each, is_favorite } : each)));
  }

  async function remove(picture: Hung) {
    setFailure(null);
    setShown(null);
    const { error } = await sahne.from("generated_images").delete().eq("id", picture.id);
    setFailure(error);
    if (!error) setPictures((before) => before && before.filter((each) => each.id !== picture.id));
  }

  return (
    <section>
      <h2>{say("myPictures")}</h2>
      <Failure error={failure} />
      {pictures?.length === 0 && <p class="empty">{say("noPictures")}</p>}
      <div class="gallery">
        {pictures?.map((picture) => (
          <button key={picture.id} class="hung" onClick={() => setShown(picture.id)} aria-label={`${say("picture")}, ${when(picture.created_at)}`}>
            <img src={picture.small} alt="" data-testid="finished" />
            {picture.is_favorite && <Star full />}
          </button>
        ))}
      </div>
      {large && (
        <Large picture={large} onFavor={() => void favor(large)} onRemove={() => void remove(large)} onClose={() => setShown(null)} />
      )}
    </section>
  );
}

async function hang(): Promise<Hung[]> {
  const { data, error } = await sahne
    .from("generated_images")
    .select("id,image_url,thumbnail_url,is_favorite,created_at")
    .order("created_at", { ascending: false })
    .limit(PICTURES_MAX);
  if (error) throw error;
  const rows = data as Picture[];
  const full = await sign(rows.map((row) => row.image_url));
  const small = await sign(rows.map((row) => row.thumbnail_url ?? row.image_url));
  return rows.map((row, index) => ({ ...row, full: full[index] ?? "", small: small[index] ?? "" }));
}

async function sign(urls: string[]): Promise<string[]> {
  if (urls.length === 0) return [];
  const names = urls.map((url) => url.slice(PREFIX.length));
  const { data, error } = await sahne.storage.from("images").createSignedUrls(names, SIGNED_SECONDS);
  if (error) throw error;
  return data.map((each) => each.signedUrl ?? "");
}
