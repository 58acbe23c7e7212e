/**
 * A variable that steers pm: `PM_<name>`, or PM2's spelling `PM2_<name>` where the first is unset, so that a machine set
 * up for PM2 goes on as it was. Never for what names files or sockets: two managers must not share them.
 */
export function pmVariable(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
): string | undefined {
  const value = env[`PM_${name}`] ?? env[`PM2_${name}`];
  return value === '' ? undefined : value;
}
