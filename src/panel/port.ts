// The face of the enclosure.

export interface ButtonHandlers {
  /** stable for 50 ms and let go before it was held (3 s where its owner does not say) */
  readonly onShort: () => void;
  /** held; at most once a press */
  readonly onHeld: () => void;
  /** down for far longer: stuck, ignored until let go */
  readonly onStuck: () => void;
  /** one that was stuck has been let go */
  readonly onFreed: () => void;
}

export interface Button {
  close(): Promise<void>;
}
