import { createJournal } from '../../../src/shim/journal';
import type { NewShimEvent, ShimEvent } from '../../../src/protocol/shim';

const ready = (key: string): NewShimEvent => ({ type: 'ready', key, atMs: 0 });
const SOON_MS = 5000;

describe('the journal', () => {
  test('numbers events from 1 and keeps them until they are acknowledged', async () => {
    const journal = createJournal();
    expect(journal.lastSeq()).toBe(0);
    for (const key of ['a', 'b', 'c']) journal.append(ready(key));
    expect((await journal.read(0, SOON_MS)).map(({ seq, key }) => `${seq}${key}`)).toEqual([
      '1a',
      '2b',
      '3c',
    ]);
    // Asked again, as by a God that died before it could use the answer.
    expect(await journal.read(0, SOON_MS)).toHaveLength(3);
    expect((await journal.read(2, SOON_MS)).map(({ key }) => key)).toEqual(['c']);
    // Acknowledged is forgotten, for whoever asks.
    expect((await journal.read(0, SOON_MS)).map(({ key }) => key)).toEqual(['c']);
    expect(journal.lastSeq()).toBe(3);
  });

  test('keeps of each address of a worker what was said last', async () => {
    const journal = createJournal();
    const about = (
      key: string,
      port: number,
    ): Pick<Extract<ShimEvent, { type: 'closed' }>, 'key' | 'address' | 'atMs'> => ({
      key,
      address: { port, address: null, family: 6 },
      atMs: 0,
    });
    for (let n = 0; n < 3; n++)
      journal.append({ ...about('a', 80), type: 'listen-failed', error: 'EADDRINUSE' });
    journal.append({ ...about('b', 80), type: 'listening' });
    journal.append({ ...about('a', 81), type: 'listening' });
    journal.append({ ...about('a', 80), type: 'listening' });
    journal.append({ ...about('a', 81), type: 'closed' });
    expect((await journal.read(0, 0)).map(({ seq, key, type }) => [seq, key, type])).toEqual([
      [4, 'b', 'listening'],
      [6, 'a', 'listening'],
      [7, 'a', 'closed'],
    ]);
  });

  test('keeps that a server listens when a second one of the same worker could not', async () => {
    const journal = createJournal();
    const about = { key: 'a', address: { port: 80, address: null, family: 6 }, atMs: 0 } as const;
    journal.append({ ...about, type: 'listening' });
    journal.append({ ...about, type: 'listen-failed', error: 'EADDRINUSE' });
    journal.append({ ...about, type: 'listen-failed', error: 'EADDRINUSE' });
    expect((await journal.read(0, 0)).map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'listening'],
      [3, 'listen-failed'],
    ]);
  });

  test('wakes everybody who waits', async () => {
    const journal = createJournal();
    const both = Promise.all([journal.read(0, SOON_MS), journal.read(0, SOON_MS)]);
    journal.append(ready('a'));
    expect((await both).map((events) => events.length)).toEqual([1, 1]);
  });

  test('answers with nothing when nothing happens in time', async () => {
    expect(await createJournal().read(0, 10)).toEqual([]);
  });

  test('an acknowledgement from the future forgets everything, and numbers go on', async () => {
    const journal = createJournal();
    journal.append(ready('a'));
    expect(await journal.read(99, 0)).toEqual([]);
    journal.append(ready('b'));
    expect((await journal.read(0, 0)).map(({ seq }) => seq)).toEqual([2]);
  });
});
