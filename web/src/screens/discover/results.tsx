// What was found: creators to look at and to follow, then sessions, those that are on before those to come.
import { Empty } from "../../parts/empty";
import { Face, nameOf } from "../../parts/face";
import { Follow, Followers } from "../../parts/follow";
import type { Found } from "../../stores/search";
import { number, say } from "../../words";
import { sayOfPeople } from "../../words/people";
import { LiveCard, PlanRow } from "./cards";

export function Results({ found: { creators, sessions }, words }: { found: Found; words: string }) {
  const many = creators.length + sessions.length;
  if (many === 0) {
    return (
      <Empty title={sayOfPeople("nothingFoundOf", { words })}>
        <p>{sayOfPeople("nothingFoundMeans")}</p>
      </Empty>
    );
  }
  const live = sessions.filter((row) => row.status === "live");
  const planned = sessions.filter((row) => row.status === "scheduled");
  return (
    <>
      <p class="unseen" role="status">
        {sayOfPeople("findings", { count: number(many) })}
      </p>
      {creators.length > 0 && (
        <section>
          <h2>{sayOfPeople("creators")}</h2>
          <ul class="listing">
            {creators.map((creator) => (
              <li key={creator.id}>
                <a href={`#/profile/${creator.id}`} data-testid="found-person">
                  <Face person={creator} />
                  <span class="grow">
                    <b class="cut">{nameOf(creator)}</b>
                    <small class="dim">
                      {creator.username && `@${creator.username} · `}
                      <Followers id={creator.id} />
                    </small>
                  </span>
                </a>
                <Follow person={creator} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {live.length > 0 && (
        <section>
          <h2>{say("liveNow")}</h2>
          <div class="cards">
            {live.map((row) => (
              <LiveCard key={row.id} row={row} />
            ))}
          </div>
        </section>
      )}
      {planned.length > 0 && (
        <section class="coming-up">
          <h2>{say("upcoming")}</h2>
          <ul>
            {planned.map((row) => (
              <PlanRow key={row.id} row={row} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
