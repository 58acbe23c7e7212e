import { reasonOf } from '../../errors';
import type { God } from '../core/god';
import { reopenLog } from '../process/log';
import { CALL_DEADLINE_MS } from '../shims/handle';

/** Every shim opens its log files anew, and we pm.log, after somebody moved them away. Answers with the number of running workers. */
export async function reloadLogs(god: God): Promise<{ count: number }> {
  reopenLog();
  await Promise.all(
    god.shims.all().map(async ({ id, client }) => {
      try {
        await client.call('reopenLogs', {}, { deadlineMs: CALL_DEADLINE_MS });
      } catch (error) {
        god.log(`shim ${id} did not reopen its logs: ${reasonOf(error)}`);
      }
    }),
  );
  return { count: god.world.workers.size };
}
