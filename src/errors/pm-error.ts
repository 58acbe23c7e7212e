import { ERRORS, type ErrorCode, type ErrorDetails, type ErrorText } from './catalogue';

/** An expected failure, worded for the person who reads it. Anything else that is thrown is a bug. */
export class PmError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** Of the command that ends with it. */
  readonly exitCode: number;

  constructor(code: ErrorCode, text: ErrorText, options?: { cause?: unknown }) {
    super(text.message, options);
    this.name = 'PmError';
    this.code = code;
    this.hint = text.hint;
    this.exitCode = text.exitCode ?? 1;
  }
}

/** Makes the error of that code; the only way to make one, so that every message stands in the catalogue. */
export function pmError<C extends ErrorCode>(
  code: C,
  ...[details, options]: undefined extends ErrorDetails<C>
    ? [details?: undefined, options?: { cause?: unknown }]
    : [details: ErrorDetails<C>, options?: { cause?: unknown }]
): PmError {
  const word = ERRORS[code] as (d: unknown) => ErrorText;
  return new PmError(code, word(details), options);
}

/** An error as it crosses a socket. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}

export function toWire(error: unknown): WireError {
  if (error instanceof PmError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  }
  return toWire(pmError('INTERNAL', { why: reasonOf(error) }));
}

/** Accepts any value: the other side may be of another version, and its words are still worth showing. */
export function fromWire(value: unknown): PmError {
  const wire = (typeof value === 'object' && value !== null ? value : {}) as Partial<
    Record<keyof WireError, unknown>
  >;
  if (typeof wire.message !== 'string')
    return pmError('PROTOCOL', { why: 'an error without words came back' });
  const code =
    typeof wire.code === 'string' && Object.hasOwn(ERRORS, wire.code) ? (wire.code as ErrorCode) : 'INTERNAL';
  return new PmError(code, {
    message: wire.message,
    ...(typeof wire.hint === 'string' ? { hint: wire.hint } : {}),
  });
}

/** By shape, not by `instanceof`: an error may come from another realm (a vm context, as in jest), whose classes differ. */
const textIn = (error: unknown, key: 'message' | 'code'): string | undefined => {
  const value =
    typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' ? value : undefined;
};

/** The words of anything thrown, without a stack: system errors are worded as `ENOSPC: no space left on device, write`. */
export const reasonOf = (error: unknown): string => textIn(error, 'message') ?? String(error);

/** The system's code (`ENOENT`), if it has one. */
export const systemCodeOf = (error: unknown): string | undefined => textIn(error, 'code');

/** Told by its shape: the error may come from another bundle's copy of the class. */
export const hasCode = (error: unknown, code: ErrorCode): error is PmError =>
  error instanceof Error && error.name === 'PmError' && 'code' in error && error.code === code;
