// The finished pictures of the signed-in user, newest first, through signed URLs.
import { useEffect, useState } from "preact/hooks";
import { sahne } from "../client";
import { say } from "../words";
import { Failure } from "./failure";

export interface Picture {
  id: string;
  image_url: string;
  thumbnail_url: string | null;
  created_at: string;
}

const PICTURES_MAX = 30;
const SIGNED_SECONDS = 3600;
const PREFIX = "/storage/v1/object/authenticated/images/";

export function Gallery({ made }: { made: number }) {
  const [pictures, setPictures] = useState<(Picture & { full: string; small: string })[] | null>(null);
  const [failure, setFailure] = useState<unknown>(null);

  useEffect(() => {
    const load = async () => {
      const { data, error } = await sahne
        .from("generated_images")
        .select("id,image_url,thumbnail_url,created_at")
        .order("created_at", { ascending: false })
        .limit(PICTURES_MAX);
      if (error) return setFailure(error);
      const rows = data as Picture[];
      const full = await sign(rows.map((row) => row.image_url));
      const small = await sign(rows.map((row) => row.thumbnail_url ?? row.image_url));
      setPictures(rows.map((row, index) => ({ ...row, full: full[index] ?? "", small: small[index] ?? "" })));
    };
    void load();
  }, [made]);

  return (
    <section>
      <h2>{say("myPictures")}</h2>
      <Failure error={failure} />
      {pictures?.length === 0 && <p class="empty">{say("noPictures")}</p>}
      <div class="gallery">
        {pictures?.map((picture) => (
          <a key={picture.id} href={picture.full} target="_blank" rel="noreferrer">
            <img src={picture.small} alt="" data-testid="finished" />
          </a>
        ))}
      </div>
    </section>
  );
}

async function sign(urls: string[]): Promise<string[]> {
  if (urls.length === 0) return [];
  const names = urls.map((url) => url.slice(PREFIX.length));
  const { data, error } = await sahne.storage.from("images").createSignedUrls(names, SIGNED_SECONDS);
  if (error) throw error;
  return data.map((each) => each.signedUrl ?? "");
}
