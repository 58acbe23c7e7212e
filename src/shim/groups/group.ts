import type { ChildProcess } from 'node:child_process';
import type { WorkerStart } from '../../protocol/shim';

/** How a kind of worker is born; what it is afterwards is the same for all. */
export type SpawnWorker = (start: WorkerStart) => ChildProcess;
