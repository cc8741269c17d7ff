import { useEffect, useState } from "react";
import { DELIVERY_ROLES } from "../../../access/roles.ts";
import type { DeliveriesAnswer, DestinationsAnswer } from "../../../http/schemas/deliveries.ts";
import type { MeAnswer } from "../../../http/schemas/sessions.ts";
import { useLiveAnswer } from "../api.ts";
import { Await } from "../panel.tsx";
import { usePlace } from "../router.ts";
import { DeliveryDrawer } from "./delivery-drawer.tsx";
import { DeliveryList } from "./delivery-list.tsx";
import { Destinations } from "./destinations.tsx";
import type { Filter } from "./view.ts";
import { filterOf, openedOf } from "./view.ts";
import "./deliveries.css";

interface Props {
  readonly me: MeAnswer;
}

/** What goes out: each destination with its counts, the deliveries behind a count, one delivery with its attempts. */
export function DeliveriesPage({ me }: Props) {
  const { query } = usePlace();
  // What a person has changed is shown without waiting for the next poll.
  const [round, setRound] = useState(0);
  const destinations = useLiveAnswer<DestinationsAnswer>("/api/destinations", round);
  const first = destinations.state === "ready" ? destinations.answer.destinations[0] : undefined;
  const filter = filterOf(query, first?.destination ?? "");
  const known = filter.destination !== "";
  const path = known ? `/api/deliveries?${searchOf(filter)}` : null;
  const list = useLiveAnswer<DeliveriesAnswer>(path, round);
  useEffect(() => {
    document.title = "Доставки — энергохаб";
  }, []);
  const mayMove = DELIVERY_ROLES.includes(me.role) && me.districts === null;
  const onChanged = () => setRound((before) => before + 1);
  return (
    <main className="deliveries">
      <Await of={destinations}>
        {(answer) => (
          <Destinations
            destinations={answer.destinations}
            filter={filter}
            mayMove={mayMove}
            onChanged={onChanged}
          />
        )}
      </Await>
      {known && (
        <Await of={list}>
          {(answer) => (
            <DeliveryList key={searchOf(filter)} {...{ answer, filter, mayMove, onChanged }} />
          )}
        </Await>
      )}
      <DeliveryDrawer
        destination={filter.destination}
        opened={openedOf(query)}
        role={me.role}
        {...{ mayMove, round, onChanged }}
      />
    </main>
  );
}

function searchOf(filter: Filter): string {
  const given = Object.entries(filter).filter(([, value]) => value !== null);
  return new URLSearchParams(given as [string, string][]).toString();
}
