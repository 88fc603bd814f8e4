/** Change single values of a config from the command line: `loss.l1=5`, `decoderSelfAttention=true`. */
import type { BaseConfig } from '../models/family.ts';

/** @throws Error naming the key that does not exist or the value that is of another kind */
export function overridden(config: BaseConfig, changes: readonly string[]): BaseConfig {
  const copy = structuredClone(config);
  for (const change of changes) {
    const [, path, text] = /^([\w.]+)=(.*)$/.exec(change) ?? [];
    if (path === undefined) throw new Error(`--set: expected key=value, got "${change}".`);
    const keys = path.split('.');
    const last = keys.pop() as string;
    let owner = copy as unknown as Record<string, unknown>;
    for (const key of keys) owner = (Object.hasOwn(owner, key) ? owner[key] : {}) as Record<string, unknown>;
    if (!Object.hasOwn(owner, last) || typeof owner[last] === 'object')
      throw new Error(
        `--set: expected a key of the config, got "${path}". The keys are those of the presets in offline/models/${config.model}.`,
      );
    owner[last] = valueLike(owner[last], text, path);
  }
  return copy;
}

/**
 * The changes that concern one of several presets: those without a preset before them, and its own, `conquer:heads=8`.
 * @throws Error naming a preset that is not among `known`
 */
export function changesFor(preset: string, changes: readonly string[], known: readonly string[]): string[] {
  return changes.flatMap((change) => {
    const [, only, rest] = /^([\w-]+):(.*)$/.exec(change) ?? [];
    if (only === undefined) return [change];
    if (!known.includes(only)) throw new Error(`--set: expected a preset before ":", got "${change}".`);
    return only === preset ? [rest] : [];
  });
}

/** The changes on a command line: every `--set`, each with one or several of key=value behind it. */
export function changesIn(rawArgs: readonly string[]): string[] {
  let setting = false;
  return rawArgs.flatMap((argument) => {
    const [flag, value] = [/^--[^=]*/.exec(argument)?.[0], argument.replace(/^--[^=]*=?/, '')];
    if (flag !== undefined) setting = flag === '--set';
    return setting ? (flag === undefined ? argument : value).split(/\s+/).filter(Boolean) : [];
  });
}

function valueLike(before: unknown, text: string, path: string): unknown {
  if (typeof before === 'number' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  if (typeof before === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (typeof before === 'string' && text) return text;
  throw new Error(`--set ${path}: expected a ${typeof before}, got "${text}".`);
}
