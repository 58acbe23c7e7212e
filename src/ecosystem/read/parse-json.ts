import { parse } from 'json5';
import { findNodeAtLocation, parseTree, type Node, type ParseError } from 'jsonc-parser';
import { pmError } from '../../errors';
import type { ParsedFile } from './document';

/**
 * Reads JSON as people write it: comments, trailing commas, unquoted keys, single quotes. PM2 reads it so too, by
 * running it as JavaScript; here it is only data.
 * json5 reads the values, because it knows all of that; jsonc-parser tells lines where the text is plain enough for it.
 */
export function parseJson(text: string, file: string): ParsedFile {
  const value = parseJson5(text.replace(/^\uFEFF/, ''), file);
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  if (root === undefined || errors.length > 0) return { value, lineOf: () => undefined };
  rejectDuplicates(root, text, file);
  return {
    value,
    lineOf: (path) => {
      const node = findNodeAtLocation(root, [...path]);
      return node && lineAt(text, (node.parent?.type === 'property' ? node.parent : node).offset);
    },
  };
}

function parseJson5(text: string, file: string): unknown {
  try {
    return parse<unknown>(text);
  } catch (error) {
    const { message, lineNumber, columnNumber } = error as Error & {
      lineNumber?: number;
      columnNumber?: number;
    };
    const why = message.replace(/^JSON5: /, '').replace(/ at \d+:\d+$/, '');
    throw pmError(
      'CONFIG_MALFORMED',
      { file, line: lineNumber, column: columnNumber, why },
      { cause: error },
    );
  }
}

/** The last one would win in silence, and the first might be the one that was meant. */
function rejectDuplicates(node: Node, text: string, file: string): void {
  const seen = new Set<unknown>();
  for (const child of node.children ?? []) {
    const key = child.type === 'property' ? child.children?.[0] : undefined;
    if (key !== undefined && seen.has(key.value)) {
      const why = `duplicated key ${String(key.value)}`;
      throw pmError('CONFIG_MALFORMED', { file, line: lineAt(text, key.offset), why });
    }
    if (key !== undefined) seen.add(key.value);
    rejectDuplicates(child, text, file);
  }
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
