import type { Home } from '../../home';
import { logPathsOf } from '../../logs/names';
import type { AppSpec } from '../../model/app-spec';
import type { InstanceView } from '../../model/instance';
import type { WorkerLogs } from '../../protocol/shim';

/** PM2's, of `time: true`. */
const TIME_PATTERN = 'YYYY-MM-DDTHH:mm:ss';

/** How the lines of an app are written; null: byte for byte. */
export function lineFormatOf(spec: AppSpec): NonNullable<InstanceView['logFormat']> | null {
  const given = spec.logDateFormat ?? '';
  if (spec.logType === 'json') return { kind: 'json', pattern: given };
  if (given !== '') return { kind: 'stamp', pattern: given };
  return spec.time ? { kind: 'stamp', pattern: TIME_PATTERN } : null;
}

/** Everything about the logs of one worker that its shim has to know. */
export function workerLogsOf(spec: AppSpec, instanceId: number, home: Home): WorkerLogs {
  const { out, error, combined } = logPathsOf(spec, instanceId, home);
  const format = lineFormatOf(spec);
  return {
    outPath: out,
    errorPath: error,
    combinedPath: combined,
    ...(format === null ? {} : { format: { ...format, appName: spec.name, instanceId } }),
    overflow: spec.logOverflow,
    rotation: {
      maxBytes: spec.logMaxSizeBytes,
      keep: spec.logKeep,
      maxAgeMs: spec.logMaxAgeMs ?? null,
      compress: spec.logCompress,
    },
  };
}
