// What the app stores sell, by its id there: premium, or so many coins. A product that was named is named anew by its id.
import { useState } from "preact/hooks";
import type { Product } from "../../../operations";
import { useDoing } from "../../../parts/doing";
import { Failure } from "../../../parts/failure";
import { Segments } from "../../../parts/segments";
import { Over } from "../../../parts/sheet";
import { Switch } from "../../../parts/switch";
import { operation } from "../../../server/client";
import { number, say } from "../../../words";
import { sayOfDesk } from "../../../words/desk";
import { useAsked } from "../asked";
import "./desk.css";

const COINS_MAX = 1_000_000_000;
const FIRST: Product = { product_id: "", kind: "coins", coins: 500, is_active: true, order_index: 0 };

export function Products() {
  const [round, setRound] = useState(0);
  const [named, setNamed] = useState<Product>();
  const { answer, failure, again } = useAsked(`products ${round}`, () =>
    operation<"all_products">("GET", "admin/store-products"),
  );
  return (
    <section class="products" aria-label={sayOfDesk("products")}>
      <h2>{sayOfDesk("products")}</h2>
      <p class="dim">{sayOfDesk("productsMean")}</p>
      <Failure error={failure} retry={again} />
      {answer?.products.length === 0 && <p class="dim">{sayOfDesk("noProducts")}</p>}
      {answer && answer.products.length > 0 && (
        <ul class="listing">
          {answer.products.map((product) => (
            <li key={product.product_id} data-testid="product">
              <span class="grow">
                <b class="cut">{product.product_id}</b>
                <small class="dim">{factsOf(product)}</small>
              </span>
              <button class="button small" onClick={() => setNamed(product)}>
                {sayOfDesk("change")}
              </button>
            </li>
          ))}
        </ul>
      )}
      <button class="button" onClick={() => setNamed(FIRST)}>
        {sayOfDesk("addProduct")}
      </button>
      {named && <Form product={named} onClose={() => setNamed(undefined)} onSaved={() => setRound(round + 1)} />}
    </section>
  );
}

interface Written {
  product: Product;
  onClose: () => void;
  onSaved: () => void;
}

function Form({ product, onClose, onSaved }: Written) {
  const [typed, setTyped] = useState(product);
  const { busy, failure, attempt } = useDoing();
  const change = (part: Partial<Product>) => setTyped((before) => ({ ...before, ...part }));

  async function save(event: SubmitEvent) {
    event.preventDefault();
    const body = { ...typed, coins: typed.kind === "coins" ? typed.coins : null };
    if (!(await attempt(() => operation<"set_product">("POST", "admin/store-products", body)))) return;
    onClose();
    onSaved();
  }

  return (
    <Over title={sayOfDesk("addProduct")} onClose={onClose}>
      <form class="closing" onSubmit={(event) => void save(event)}>
        <div class="field">
          <label>
            {sayOfDesk("product")}
            <input
              value={typed.product_id}
              maxLength={200}
              required
              readOnly={product.product_id !== ""}
              autocomplete="off"
              onInput={(event) => change({ product_id: event.currentTarget.value })}
            />
          </label>
        </div>
        <Segments
          name={sayOfDesk("what")}
          value={typed.kind}
          options={[
            { value: "coins", label: sayOfDesk("isCoins") },
            { value: "premium", label: sayOfDesk("isPremium") },
          ]}
          onChoose={(kind) => change({ kind })}
        />
        {typed.kind === "coins" && (
          <Whole name={sayOfDesk("isCoins")} value={typed.coins ?? 1} least={1} onType={(coins) => change({ coins })} />
        )}
        <Whole
          name={sayOfDesk("place")}
          value={typed.order_index}
          least={0}
          onType={(order_index) => change({ order_index })}
        />
        <Switch
          name={sayOfDesk("sold")}
          means={sayOfDesk("soldMeans")}
          on={typed.is_active}
          onTurn={(is_active) => change({ is_active })}
        />
        <Failure error={failure} />
        <button class="button main big full" disabled={busy}>
          {say("save")}
        </button>
      </form>
    </Over>
  );
}

interface Numbered {
  name: string;
  value: number;
  least: number;
  onType: (value: number) => void;
}

function Whole({ name, value, least, onType }: Numbered) {
  return (
    <div class="field">
      <label>
        {name}
        <input
          type="number"
          inputMode="numeric"
          min={least}
          max={COINS_MAX}
          step={1}
          required
          value={value}
          onInput={(event) => onType(event.currentTarget.valueAsNumber)}
        />
      </label>
    </div>
  );
}

function factsOf({ kind, coins, is_active }: Product): string {
  const what = kind === "premium" ? sayOfDesk("isPremium") : say("forCoins", { coins: number(coins) });
  return is_active ? what : `${what} · ${sayOfDesk("notSold")}`;
}
