// For `node --import`: the wall clock of this process steps by years, back and forth, four times a second.
const Real = Date;
const YEAR_MS = 31_556_952_000;
const STEPS = [-30, 12, 0, 40, -7];
let turn = 0;
let offsetMs = 0;

globalThis.Date = class WanderingDate extends Real {
  constructor(...given) {
    if (given.length === 0) super(Real.now() + offsetMs);
    else super(...given);
  }

  static now() {
    return Real.now() + offsetMs;
  }
};

setInterval(() => {
  turn += 1;
  offsetMs = STEPS[turn % STEPS.length] * YEAR_MS;
}, 250).unref();
