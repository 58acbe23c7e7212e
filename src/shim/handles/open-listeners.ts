import { isLeaving, type Listener } from './listener';
import { isReachable, type BindRequest } from './sockets';

/** The listeners of an app by their names, from the first request for one until nobody is meant to come any more. */
export class OpenListeners {
  private readonly listeners = new Map<string, Listener>();
  /** Wanted only by workers that leave: closed with the last of them, unless another asks for it first. */
  private readonly outlived = new Set<string>();

  constructor(private readonly open: (name: string, request: BindRequest) => Listener | number) {}

  get(name: string): Listener | undefined {
    return this.listeners.get(name);
  }

  all(): Listener[] {
    return [...this.listeners.values()];
  }

  /** The listener of that name, opened if need be; a negative number is libuv's error. */
  ensure(name: string, request: BindRequest): Listener | number {
    this.outlived.delete(name);
    const known = this.listeners.get(name);
    if (known !== undefined && isReachable(known.request)) return known;
    if (known !== undefined) this.close(known);
    const opened = this.open(name, request);
    if (typeof opened !== 'number') this.listeners.set(name, opened);
    return opened;
  }

  /** To be asked after somebody has left it. `byChoice`: nobody made that worker close its server. */
  closeIfOver(listener: Listener, byChoice: boolean): void {
    if (listener.workers().length === 0 && (byChoice || this.outlived.has(listener.id))) this.close(listener);
  }

  /** The app's workers are what they shall be: what none of those that stay listens on is not needed any more. */
  closeUnwanted(): void {
    for (const listener of this.all()) {
      if (listener.workers().every(isLeaving)) this.outlived.add(listener.id);
      this.closeIfOver(listener, false);
    }
  }

  closeAll(): void {
    for (const listener of this.all()) this.close(listener);
  }

  private close(listener: Listener): void {
    listener.close();
    this.listeners.delete(listener.id);
    this.outlived.delete(listener.id);
  }
}
