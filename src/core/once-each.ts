// What is asked for again and again and hangs on one value alone, which is never changed in place: a site, a ranking, a scene.

/** `make`, asked once for each value and held for as long as that lives. */
export function onceEach<K extends object, V extends object | number>(make: (of: K) => V): (of: K) => V {
  const held = new WeakMap<K, V>();
  return (of) => {
    let made = held.get(of);
    if (made === undefined) {
      made = make(of);
      held.set(of, made);
    }
    return made;
  };
}
