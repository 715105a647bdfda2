// How many of us do a costly thing at once: orders go ahead of readings, and readings never take all the places.

export interface Crowd {
  /** Resolves with what gives the place back, or with undefined as soon as `signal` aborts. Never rejects. */
  enter(urgent: boolean, signal: AbortSignal): Promise<(() => void) | undefined>;
}

/** So many `places`, of which readings take at most `forReadings`. What waits is bounded by the lanes of those who ask. */
export function crowd({ places, forReadings }: { readonly places: number; readonly forReadings: number }): Crowd {
  const inside = { orders: 0, readings: 0 };
  const waiting: { readonly urgent: boolean; readonly begin: () => void }[] = [];
  const hasRoom = (urgent: boolean): boolean => inside.orders + inside.readings < places && (urgent || inside.readings < forReadings);

  const take = (urgent: boolean): (() => void) => {
    const kind = urgent ? 'orders' : 'readings';
    inside[kind] += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      inside[kind] -= 1;
      next();
    };
  };

  const next = (): void => {
    const at = waiting.findIndex(({ urgent }) => hasRoom(urgent));
    if (at >= 0) waiting.splice(at, 1)[0]?.begin();
  };

  return {
    enter: (urgent, signal) => {
      if (signal.aborted) return Promise.resolve(undefined);
      if (hasRoom(urgent)) return Promise.resolve(take(urgent));
      return new Promise((resolve) => {
        const giveUp = (): void => {
          waiting.splice(waiting.indexOf(entry), 1);
          resolve(undefined);
        };
        const entry = {
          urgent,
          begin: () => {
            signal.removeEventListener('abort', giveUp);
            resolve(take(urgent));
          },
        };
        signal.addEventListener('abort', giveUp, { once: true });
        const behind = urgent ? waiting.findIndex((other) => !other.urgent) : -1;
        waiting.splice(behind < 0 ? waiting.length : behind, 0, entry);
      });
    },
  };
}
