// The face of the enclosure.

export interface ButtonHandlers {
  /** stable for 50 ms and let go before 3 s */
  readonly onShort: () => void;
  /** held for 3 s; at most once a press */
  readonly onHeld: () => void;
  /** down for over 30 s: stuck, ignored until let go */
  readonly onStuck: () => void;
}

export interface Button {
  close(): Promise<void>;
}
