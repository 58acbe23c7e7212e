/** A name in a file system has 255 bytes; the rest is for `-error-1234567.log__2026-11-25_00-00-00.log.gz`. */
const MAX_BYTES = 200;

/**
 * The name of an app as a part of file names. PM2's rule for ASCII (PM2-FACTS §2.3): what is not plain becomes `-`. Letters
 * of other alphabets stay, where PM2 makes one `-` of each, so that two such names of equal length share a file.
 */
export function fileBaseOf(appName: string): string {
  const plain = appName.normalize('NFC').replace(/[\p{C}\p{Z}\x00-\x2c/:-@[-`{-\x7f]/gu, '-');
  let base = '';
  for (const letter of plain) {
    if (bytesOf(base) + bytesOf(letter) > MAX_BYTES) break;
    base += letter;
  }
  return base;
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
