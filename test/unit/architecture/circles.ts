import { dirname, normalize } from 'node:path/posix';
import { importsIn } from './imports';

/** Each file under src/ with those that it imports, types included; paths relative to src/. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/** @param files path relative to src/ → its text */
export function graphOf(files: ReadonlyMap<string, string>): Graph {
  const targetOf = (from: string, specifier: string): string | undefined => {
    const base = normalize(`${dirname(from)}/${specifier}`);
    return [`${base}.ts`, `${base}/index.ts`, `${base}.d.ts`].find((path) => files.has(path));
  };
  return new Map(
    [...files].map(([path, text]) => [
      path,
      importsIn(text)
        .filter(({ specifier }) => specifier.startsWith('.'))
        .flatMap(({ specifier }) => targetOf(path, specifier) ?? []),
    ]),
  );
}

/** Files that reach each other, as groups of at least two, each sorted (Tarjan's strongly connected components). */
export function circlesIn(graph: Graph): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (path: string): void => {
    order.set(path, order.size);
    lowest.set(path, order.get(path)!);
    stack.push(path);
    for (const target of graph.get(path) ?? []) {
      if (!order.has(target)) visit(target);
      if (stack.includes(target)) lowest.set(path, Math.min(lowest.get(path)!, lowest.get(target)!));
    }
    if (lowest.get(path) !== order.get(path)) return;
    const group = stack.splice(stack.indexOf(path));
    if (group.length > 1) circles.push(group.sort());
  };
  for (const path of graph.keys()) if (!order.has(path)) visit(path);
  return circles;
}
