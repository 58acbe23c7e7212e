import type { ATTRIBUTES, AttributeName, AttributeType } from '../model/attributes';

type Table = typeof ATTRIBUTES;

/** What may be written for each type. */
interface WrittenAs {
  text: string;
  integer: number | string;
  duration: number | string;
  size: number | string;
  flag: boolean;
  words: string | readonly (string | number)[];
  integers: number | string | readonly (number | string)[];
  count: number | string;
  flagOrWords: boolean | string | readonly string[];
  flagOrText: boolean | string;
  idOrName: number | string;
  cron: string | number | false;
  window: string;
  object: Readonly<Record<string, unknown>>;
  environment: Readonly<Record<string, unknown>>;
}

type Written<D extends { readonly type: AttributeType }> =
  (D extends { readonly values: readonly (infer V)[] } ? V : WrittenAs[D['type']]) | null | undefined;

type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;

type AliasOf<K extends AttributeName> = Table[K] extends {
  readonly aliases: readonly (infer A extends string)[];
}
  ? A
  : never;

type Spelling<K extends AttributeName> = K | AliasOf<K> | CamelCase<K> | CamelCase<AliasOf<K>>;

/** One app as users write it: every attribute of docs/attributes.md in each of its spellings, and `env_<name>`. */
export type AppConfig = {
  readonly [K in AttributeName as Spelling<K>]?: Written<Table[K]>;
} & {
  readonly [environment: `env_${string}`]: Readonly<Record<string, unknown>> | null | undefined;
};

/** What an ecosystem file exports. */
export type PmConfig =
  | {
      readonly apps: AppConfig | readonly AppConfig[];
      readonly deploy?: Readonly<Record<string, unknown>>;
      readonly static?: readonly Readonly<Record<string, unknown>>[];
    }
  | readonly AppConfig[]
  | AppConfig;

/**
 * Returns what it is given; with it an editor knows the attributes of an ecosystem file:
 * `export default defineConfig({ apps: [{ script: './app.js', instances: 'max' }] })`.
 * A function, also an async one, is called when the file is loaded.
 */
export const defineConfig = <const T extends PmConfig | (() => PmConfig | Promise<PmConfig>)>(config: T): T =>
  config;
