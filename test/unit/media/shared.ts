/** Where the real music and clips for trials lie; tests that need them say so and are skipped without, but not in CI. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = process.env.CUEPOINT_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));

export const sharedMissing = !existsSync(join(root, 'media', 'music'));

if (sharedMissing && process.env.CI)
  throw new Error(
    `shared media: expected ${root}/media in CI, got nothing there. Set CUEPOINT_SHARED to the folder that holds media/.`,
  );

export const sharedMedia = (...path: string[]): string => join(root, 'media', ...path);

export const sharedModel = (name: string): string => join(root, 'models', name);
