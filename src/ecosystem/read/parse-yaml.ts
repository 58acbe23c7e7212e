import { YAMLException, load, type EventType, type State } from 'js-yaml';
import { pmError } from '../../errors';
import type { LineOf, ParsedFile } from './document';

/** What the reader composed, in the order of the text: a mapping's children are key, value, key, value … */
interface Composed {
  readonly line: number;
  readonly children: Composed[];
  kind?: string;
  value?: unknown;
}

/** Reads YAML; a duplicated key, a bad anchor or indentation is an error with its line. */
export function parseYaml(text: string, file: string): ParsedFile {
  const root: Composed = { line: 1, children: [] };
  const open: Composed[] = [root];
  // Called around each node; the only way in which js-yaml tells lines of what is valid.
  const listener = (event: EventType, state: State): void => {
    if (event === 'open') {
      open.push({ line: state.line + 1, children: [] });
      return;
    }
    const done = open.pop();
    if (done === undefined) return;
    done.kind = state.kind;
    done.value = state.result;
    open.at(-1)?.children.push(done);
  };
  try {
    return {
      value: load(text, { filename: file, listener: (event, state) => listener(event, state) }),
      lineOf: lineOf(root),
    };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const mark = error.mark as { line: number; column: number } | undefined;
    const place = mark === undefined ? {} : { line: mark.line + 1, column: mark.column + 1 };
    throw pmError('CONFIG_MALFORMED', { file, ...place, why: error.reason }, { cause: error });
  }
}

function lineOf(root: Composed): LineOf {
  return (path) => {
    let node = root.children[0];
    let line: number | undefined;
    for (const step of path) {
      const next: { node: Composed | undefined; line: number | undefined } | undefined =
        node && childOf(node, step);
      if (next === undefined) return undefined;
      ({ node, line } = next);
    }
    return line;
  };
}

/** The line of a mapping's entry is that of its key: the value may stand on the next one. */
function childOf(
  node: Composed,
  step: string | number,
): { node: Composed | undefined; line: number | undefined } {
  if (node.kind === 'sequence' && typeof step === 'number') {
    return { node: node.children[step], line: node.children[step]?.line };
  }
  const at =
    node.kind === 'mapping'
      ? node.children.findIndex((key, index) => index % 2 === 0 && key.value === step)
      : -1;
  return {
    node: at < 0 ? undefined : node.children[at + 1],
    line: at < 0 ? undefined : node.children[at]?.line,
  };
}
