import type { BalancePolicy } from './policy';

/**
 * The same client address goes to the same slot (socket.io's long polling needs it). Rendezvous hashing: when a
 * slot comes or goes only its own clients move. A client waits for its worker rather than getting another one,
 * so any number may be under way.
 */
export function ipHash(): BalancePolicy {
  // Only here, because it costs every other shim 400 KB.
  const { createHash } = process.getBuiltinModule('node:crypto');
  const weight = (slot: number, address: string): number =>
    createHash('md5')
      .update(`${String(slot)}|${address}`)
      .digest()
      .readUInt32BE(0);
  return {
    maxUnderWay: Infinity,
    isSticky: true,
    countsOpen: false,
    choose: (free, clientAddress) => {
      const address = clientAddress() ?? '';
      return free.reduce((best, candidate) =>
        weight(candidate.slot, address) > weight(best.slot, address) ? candidate : best,
      );
    },
  };
}
