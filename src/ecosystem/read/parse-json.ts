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
  return {
    value,
    warnings: duplicatesIn(root, text, file),
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

/** The last one wins, as everywhere; the first might be the one that was meant. */
function duplicatesIn(node: Node, text: string, file: string): string[] {
  const seen = new Set<unknown>();
  return (node.children ?? []).flatMap((child) => {
    const key = child.type === 'property' ? child.children?.[0] : undefined;
    const inside = duplicatesIn(child, text, file);
    if (key === undefined) return inside;
    const isSecond = seen.has(key.value);
    seen.add(key.value);
    const line = `${file}:${lineAt(text, key.offset)}: duplicated key ${String(key.value)}; the last one counts`;
    return isSecond ? [line, ...inside] : inside;
  });
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
