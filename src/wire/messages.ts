import type { WireError } from '../errors';

/** The shape of a contract in protocol/: method → params and result. */
export type Api<A> = { [M in keyof A]: { params: unknown; result: unknown } };

/** Params come as they were sent: whoever handles them validates them. */
export type Handlers<A extends Api<A>> = {
  [M in keyof A]: (params: unknown) => Promise<A[M]['result']> | A[M]['result'];
};

/** On the wire a request is one axon argument, and so is its response (after axon's own error slot, unused). */
export interface Request {
  readonly method: string;
  readonly params: unknown;
}

export type Response = { readonly result: unknown } | { readonly error: WireError };
