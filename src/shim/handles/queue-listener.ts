import type { GroupSettings } from '../../protocol/shim';
import { Courier } from './courier';
import type { Listener } from './listener';
import type { BalancePolicy } from './policy';
import { bindSocket, type BindRequest, sockNameOf, type RawHandle } from './sockets';

/** Node's own default of `backlog`. */
const DEFAULT_BACKLOG = 511;

/** A listening socket whose connections the shim accepts itself and hands on. A negative number is libuv's error. */
export function openQueueListener(
  id: string,
  request: BindRequest,
  policy: BalancePolicy,
  settings: () => GroupSettings,
): Listener | number {
  const handle = bindSocket(request);
  if (typeof handle === 'number') return handle;
  const courier = new Courier(id, policy, settings);
  handle.onconnection = (error, client) => {
    if (error === 0 && client !== undefined) courier.enter(client);
  };
  const error = handle.listen(request.backlog > 0 ? request.backlog : DEFAULT_BACKLOG);
  if (error === 0) return queueListener(id, request, handle, courier, policy);
  handle.close();
  return error;
}

const queueListener = (
  id: string,
  request: BindRequest,
  handle: RawHandle,
  courier: Courier,
  policy: BalancePolicy,
): Listener => ({
  id,
  request,
  countsEnded: policy.countsOpen,
  workers: () => courier.workers(),
  join: (worker) => courier.join(worker),
  leave: (worker) => courier.leave(worker),
  onWorkersChanged: () => courier.deliver(),
  acknowledge: (worker, answer) => courier.acknowledge(worker, answer),
  onEnded: (worker, count) => courier.onEnded(worker, count),
  takeBack: (connection) => courier.enter(connection),
  sockName: () => sockNameOf(handle),
  close: () => {
    handle.close();
    courier.close();
  },
});
