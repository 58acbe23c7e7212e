/** How a reload goes about it (D19); `auto`: atomic where two of everything fit into half of the memory that is free. */
export const RELOAD_MODES = ['auto', 'atomic', 'rolling'] as const;
export type ReloadMode = (typeof RELOAD_MODES)[number];
