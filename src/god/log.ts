/**
 * One line to pm.log, stamped: whoever launched God has opened that file as its standard output. Text from outside
 * (an app's name, an error of the system) stays one line.
 */
export function logLine(text: string): void {
  process.stdout.write(`${new Date().toISOString()}: ${text.replaceAll('\n', '\\n')}\n`);
}
