import type { AttributeTypes } from '../../model/attribute-types';
import type { ATTRIBUTES, AttributeDeclaration, AttributeName } from '../../model/attributes';

type Table = typeof ATTRIBUTES;

type Written<D extends AttributeDeclaration> =
  | (D extends { readonly values: readonly (infer V)[] }
      ? V
      : D extends { readonly fields: infer F extends Readonly<Record<string, AttributeDeclaration>> }
        ? { readonly [K in keyof F]?: Written<F[K]> }
        : AttributeTypes[D['type']]['written'])
  | null
  | undefined;

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
      /** Unknown attributes are errors, not warnings; as `--strict`. */
      readonly strict?: boolean;
      readonly deploy?: Readonly<Record<string, unknown>>;
      readonly static?: readonly Readonly<Record<string, unknown>>[];
    }
  | readonly AppConfig[]
  | AppConfig;

/** A config that is worked out when the file is loaded; may be async. */
export type PmConfigFunction = () => PmConfig | Promise<PmConfig>;

/**
 * Returns what it is given; with it an editor knows the attributes of an ecosystem file:
 * `export default defineConfig({ apps: [{ script: './app.js', instances: 'max' }] })`.
 * Not generic: TypeScript reports a misspelt attribute only where it is not left to infer the type.
 */
export function defineConfig(config: PmConfigFunction): PmConfigFunction;
export function defineConfig(config: PmConfig): PmConfig;
export function defineConfig(config: PmConfig | PmConfigFunction): PmConfig | PmConfigFunction {
  return config;
}
