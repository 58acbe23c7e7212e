import { similarTo } from '../../../src/ecosystem';
import { splitWords } from '../../../src/ecosystem/attributes/words';

test.each([
  ['', []],
  ['  ', []],
  ['--port 3000', ['--port', '3000']],
  ['a "b c" d', ['a', 'b c', 'd']],
  ['k="v w"', ['k=v w']],
  [`--name='a "b"' x`, ['--name=a "b"', 'x']],
  [String.raw`a\ b c`, ['a b', 'c']],
  [String.raw`"a \"b\" \n"`, [String.raw`a "b" \n`]],
  [`"" ''`, ['', '']],
  ['"never closed x', ['never closed x']],
  [String.raw`C:\\dir`, [String.raw`C:\dir`]],
])('the text %p is the words %p', (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

test.each([
  ['max_memory_restrat', 'max_memory_restart'],
  ['instnaces', 'instances'],
  ['Script', 'script'],
  ['wibble', undefined],
  ['evn', 'env'],
  ['nev', 'env'],
  ['e', undefined],
])('%s was meant to be %p', (word, meant) => {
  expect(similarTo(word, ['script', 'instances', 'max_memory_restart', 'env'])).toBe(meant);
});
