import type { InstanceView } from '../../model/instance';
import { printable } from './text-width';
import { memoryText, uptimeText } from './units';

/** `pm list -m`: plain lines per instance, for screens and scripts that no table suits. */
export const renderMiniList = (views: readonly InstanceView[], nowMs: number): string =>
  views.map((view) => renderOne(view, nowMs)).join('\n');

function renderOne(view: InstanceView, nowMs: number): string {
  const startedAtMs = view.status === 'online' ? view.startedAtMs : null;
  const rows: readonly (readonly [string, string])[] = [
    ['namespace', printable(view.namespace)],
    ['version', printable(view.version)],
    ['pid', `${view.pid}`],
    ['pm2 id', `${view.id}`],
    ['status', view.status],
    ['mode', view.mode],
    ['restarted', `${view.restarts}`],
    ['uptime', startedAtMs === null ? '0' : uptimeText(nowMs - startedAtMs)],
    ['memory usage', memoryText(view.memoryBytes)],
    ['error log', printable(view.errorLogPath)],
    ['watching', view.watching ? 'yes' : 'no'],
    ['PID file', printable(view.pidPath)],
  ];
  return [`+--- ${printable(view.name)}`, ...rows.map(([name, value]) => `${name} : ${value}`)].join('\n');
}
