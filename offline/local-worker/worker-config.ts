/** The Worker on another index than the project's: wrangler.toml with other assets, open, and without a limit of requests. */
import { dirname, join, relative } from 'node:path';
import { writeFileAtomic } from '../lib/files.ts';
import { putReference } from './reference.ts';

/** What is used of wrangler.toml; its own types need a Worker's globals. */
interface Configured {
  name?: string;
  compatibility_date?: string;
  compatibility_flags?: string[];
  assets?: Record<string, unknown>;
}

export interface WorkerConfig {
  /** The project's folder. */
  root: string;
  /** The folder that is served as .cuepoint/bundle would be. */
  directory: string;
  /** On top of ACCESS = "open". */
  vars?: Record<string, string | number>;
  /** Further keys of wrangler's configuration, such as `ratelimits` and `r2_buckets`. */
  bindings?: Record<string, unknown>;
}

/** @param path of the JSON file to write, for wrangler's --config */
export async function writeWorkerConfig(
  path: string,
  { root, directory, vars, bindings }: WorkerConfig,
): Promise<void> {
  await putReference(root, directory);
  const { unstable_readConfig } = await import('wrangler'); // it takes its time to load
  const { name, compatibility_date, compatibility_flags, assets } = unstable_readConfig({
    config: join(root, 'wrangler.toml'),
  }) as Configured;
  const config = {
    name,
    main: relative(dirname(path), join(root, 'functions/worker.ts')),
    compatibility_date,
    compatibility_flags,
    assets: { ...assets, directory },
    vars: { ACCESS: 'open', ...vars },
    ...bindings,
  };
  await writeFileAtomic(path, JSON.stringify(config));
}
