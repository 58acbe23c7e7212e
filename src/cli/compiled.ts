/** In one file, so that nobody ever runs one build's source with another's code: V8 compares no more than the length. */
export interface Compiled {
  /** main.js as a function of `exports, require, module, __filename, __dirname`; ASCII. */
  readonly source: string;
  /** What V8 has made of it, with every function that `pm list` calls. */
  readonly cachedData: Buffer;
}

/** Another V8 would refuse the code, and so it does not even look for it. */
export const compiledName = (): string => `main.${process.versions.v8}-${process.arch}.compiled`;

const LENGTH_BYTES = 4;

export function joinCompiled({ source, cachedData }: Compiled): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(source.length);
  return Buffer.concat([length, Buffer.from(source, 'latin1'), cachedData]);
}

/** @throws RangeError, Error: cut off */
export function splitCompiled(file: Buffer): Compiled {
  const end = LENGTH_BYTES + file.readUInt32LE();
  if (file.length <= end) throw new Error('cut off');
  return { source: file.toString('latin1', LENGTH_BYTES, end), cachedData: file.subarray(end) };
}
