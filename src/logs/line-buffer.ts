import { StringDecoder } from 'node:string_decoder';
import { withoutReturn } from './tail';

/** A text without a line break is shown as a line when it stands for a look (a prompt), or grows to this. */
const LONGEST_LINE = 1024 * 1024;

/** Cuts a stream of bytes into lines. */
export class LineBuffer {
  #decoder = new StringDecoder('utf8');
  #unfinished = '';
  #isStanding = false;

  constructor(private readonly onLine: (line: string) => void) {}

  write(bytes: Buffer): void {
    const lines = (this.#unfinished + this.#decoder.write(bytes)).split('\n');
    this.#unfinished = lines.pop() ?? '';
    this.#isStanding = false;
    for (const line of lines) this.onLine(withoutReturn(line));
    if (this.#unfinished.length > LONGEST_LINE) this.#showUnfinished();
  }

  /** A text that was there at the end of the last round already is shown as it is: a prompt waits for an answer. */
  endRound(): void {
    if (this.#isStanding) this.#showUnfinished();
    this.#isStanding = true;
  }

  /** Nothing more of this text will come; another begins. */
  endText(): void {
    this.#showUnfinished();
    this.#decoder = new StringDecoder('utf8');
  }

  #showUnfinished(): void {
    if (this.#unfinished !== '') this.onLine(this.#unfinished);
    this.#unfinished = '';
  }
}
