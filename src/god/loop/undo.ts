/** Takes back one part of a change. */
export type Undo = () => void;

/** Sets some fields of a record, and notes how to set them back. */
export function assign<T extends object>(undo: Undo[], record: T, changes: Partial<T>): void {
  const names = Object.keys(changes) as (keyof T)[];
  const before = Object.fromEntries(names.map((name) => [name, record[name]])) as Partial<T>;
  Object.assign(record, changes);
  undo.push(() => Object.assign(record, before));
}
