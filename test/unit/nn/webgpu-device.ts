/**
 * A WebGPU device for tests: the machine's own, or the software one that test/setup/software-vulkan.sh unpacked into the
 * folder named by CUEPOINT_VULKAN.
 *
 * The loader reads its variables once, when the process starts, and a provider that fails can take its process with it: so
 * whatever uses the device runs in a process of its own.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

export type Environment = Record<string, string | undefined>;

/** The folder of the software device, when there is one. */
export const softwareFolder = process.env.CUEPOINT_VULKAN ? resolve(process.env.CUEPOINT_VULKAN) : undefined;

/** What the loader is to find nothing with. */
export const noDriver: Environment = { VK_DRIVER_FILES: '/nonexistent.json', VK_ICD_FILENAMES: '/nonexistent.json' };

/** What selects the device; the same that the script prints. */
export function deviceEnvironment(folder = softwareFolder): Environment {
  if (!folder) return {};
  if (!existsSync(join(folder, 'complete')))
    throw new Error(`CUEPOINT_VULKAN: expected a folder made by test/setup/software-vulkan.sh, got ${folder}. Run it.`);
  const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map((path) => join(folder, path));
  return {
    LD_LIBRARY_PATH: libraries.join(':'),
    VK_DRIVER_FILES: join(folder, 'usr/share/vulkan/icd.d/lvp_icd.json'),
    MESA_SHADER_CACHE_DIR: join(folder, 'shaders'),
  };
}

/**
 * What a script finds for the names of its cases: in one process for all of them, since starting it, the device and its programs takes most of the
 * time. A case that may end its process has one of its own.
 */
export function finder(script: string, names: readonly string[], environment?: Environment) {
  let found: Promise<Record<string, unknown>> | undefined;
  return async <T>(name: string): Promise<T> => {
    found ??= inChild(script, names, environment);
    return (await found)[name] as T;
  };
}

/**
 * Run a TypeScript file in a process of its own and read the JSON of its last line.
 * @throws Error with the end of what it said when it did not end well
 */
export async function inChild<T>(
  script: string,
  args: readonly string[],
  environment: Environment = deviceEnvironment(),
): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], {
    env: { ...process.env, ...environment },
  }).catch((error: { signal?: string; code?: number; stderr?: string }) => {
    const end = error.stderr?.trim().split('\n').slice(-8).join('\n');
    throw new Error(`${script} ${args.join(' ')} ended with ${error.signal ?? error.code}: ${end}`);
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as T;
}
