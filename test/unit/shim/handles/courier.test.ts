import type { GroupSettings } from '../../../../src/protocol/shim';
import { Courier } from '../../../../src/shim/handles/courier';
import { roundRobin } from '../../../../src/shim/handles/round-robin';
import type { RawHandle } from '../../../../src/shim/handles/sockets';
import type { Worker } from '../../../../src/shim/workers/worker';

/** What the courier needs of a worker; the rest of it is a process. */
interface Desk {
  readonly worker: Worker;
  /** Ids of the connections that it was sent, and whether it was said to be the last that may refuse. */
  readonly got: { id: number; final: boolean }[];
  isAdmitted: boolean;
  isLeaving: boolean;
  isGone: boolean;
}

function desk(slot: number): Desk {
  const made: Desk = {
    got: [],
    isAdmitted: true,
    isLeaving: false,
    isGone: false,
    worker: {
      start: { slot },
      facts: {
        get admitted() {
          return made.isAdmitted;
        },
        offline: false,
      },
      stopper: { isRetiring: () => made.isLeaving },
      send: (message: { connection: number; final: boolean }) => {
        if (!made.isGone) made.got.push({ id: message.connection, final: message.final });
        return !made.isGone;
      },
    } as unknown as Worker,
  };
  return made;
}

interface Client {
  readonly handle: RawHandle;
  isClosed: boolean;
}

function client(): Client {
  const made: Client = {
    isClosed: false,
    handle: { close: () => (made.isClosed = true) } as unknown as RawHandle,
  };
  return made;
}

describe('the courier of a listener', () => {
  const settings: GroupSettings = { balance: 'round-robin', maxWaiting: 2, waitTimeoutMs: 60_000 };
  let courier: Courier;
  let a: Desk;
  let b: Desk;
  beforeEach(() => {
    courier = new Courier('l', roundRobin(), () => settings);
    a = desk(0);
    b = desk(1);
    courier.join(a.worker);
    courier.join(b.worker);
  });
  afterEach(() => courier.close());

  const ids = ({ got }: Desk): number[] => got.map(({ id }) => id);
  const enter = (count = 1): Client[] =>
    Array.from({ length: count }, () => {
      const one = client();
      courier.enter(one.handle);
      return one;
    });

  test('brings one at a time to each, and the next when that one was taken', () => {
    enter(3);
    expect([ids(a), ids(b)]).toEqual([[1], [2]]);
    courier.acknowledge(b.worker, {
      cmd: 'pm',
      type: 'ack',
      connection: 2,
      listener: 'l',
      taken: true,
    } as never);
    expect([ids(a), ids(b)]).toEqual([[1], [2, 3]]);
  });

  test('keeps its copy until it was taken', () => {
    const [one] = enter() as [Client];
    expect(one.isClosed).toBe(false);
    courier.acknowledge(a.worker, { connection: 1, taken: true } as never);
    expect(one.isClosed).toBe(true);
  });

  test('what is under way to a worker that dies goes to another', () => {
    const [one] = enter() as [Client];
    courier.leave(a.worker);
    expect([ids(a), ids(b)]).toEqual([[1], [1]]);
    expect(one.isClosed).toBe(false);
  });

  test('a worker whose channel is closed is left, and loses nothing', () => {
    a.isGone = true;
    enter(2);
    expect(ids(b)).toEqual([1]);
    courier.acknowledge(b.worker, { connection: 1, taken: true } as never);
    expect(ids(b)).toEqual([1, 2]);
  });

  test('one that is not admitted, or leaves, is given nothing', () => {
    a.isAdmitted = false;
    b.isLeaving = true;
    enter();
    expect([ids(a), ids(b)]).toEqual([[], []]);
    a.isAdmitted = true;
    courier.deliver();
    expect(ids(a)).toEqual([1]);
  });

  test('with nobody there they wait, oldest first, and one too many is hung up on', () => {
    a.isAdmitted = false;
    b.isAdmitted = false;
    const clients = enter(3);
    expect(clients.map(({ isClosed }) => isClosed)).toEqual([false, false, true]);
    b.isAdmitted = true;
    courier.deliver();
    expect(ids(b)).toEqual([1]);
  });

  test('one that was refused goes to another first, and the last one may not refuse it', () => {
    enter();
    courier.acknowledge(a.worker, { connection: 1, taken: false } as never);
    expect(a.got).toEqual([{ id: 1, final: false }]);
    expect(b.got).toEqual([{ id: 1, final: true }]);
  });

  test('where every worker is out of descriptors the client is hung up on', () => {
    const [one] = enter() as [Client];
    courier.acknowledge(a.worker, { connection: 1, taken: false, lost: true } as never);
    expect(one.isClosed).toBe(false);
    courier.acknowledge(b.worker, { connection: 1, taken: false, lost: true } as never);
    expect(one.isClosed).toBe(true);
  });

  test('an acknowledgement of somebody else, or of something old, changes nothing', () => {
    const [one] = enter() as [Client];
    courier.acknowledge(b.worker, { connection: 1, taken: true } as never);
    courier.acknowledge(a.worker, { connection: 7, taken: true } as never);
    expect(one.isClosed).toBe(false);
  });

  test('who joins twice is told so', () => {
    expect(courier.join(a.worker)).toBe(false);
  });
});
