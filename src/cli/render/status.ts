import type { InstanceStatus } from '../../model/instance';
import type { Paint } from './paint';

/** PM2's colours: what is well is green, what is on its way is blue, the rest asks for a look. */
export function statusColour(status: InstanceStatus, paint: Paint): (text: string) => string {
  if (status === 'online') return paint.green;
  return status === 'launching' ? paint.blue : paint.red;
}
