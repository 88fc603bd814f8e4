/**
 * How long the Worker takes to answer, in workerd on this machine, over HTTP: for `--edge`. The index is laid out as it would be
 * published, in a folder of its own, since nothing may be answered from it yet.
 */
import type { Clip } from '../../functions/grounding/options.ts';
import type { Manifest } from '../../index/format/manifest.ts';
import { askWithTokens } from '../local-worker/ask.ts';
import { withScratchWorker } from '../local-worker/scratch-worker.ts';
import { type Latency, measureLatency } from './measure-latency.ts';
import { folderStore } from './store/folder-store.ts';
import { movePointer, putManifest } from './store/publish.ts';
import { readChecked } from './store/read-checked.ts';
import type { BundleStore } from './store/store.ts';
import { filesNeeded } from './store/versions.ts';

/** @param root the project's folder @throws Error when the Worker does not start or refuses a clip */
export function latencyInWorkerd(
  root: string,
  store: BundleStore,
  manifest: Manifest,
  clips: readonly Clip[],
): Promise<Latency> {
  const { encoders, model } = manifest;
  const { width } = encoders.image;
  return withScratchWorker(root, {
    async build(folder) {
      const staged = folderStore(folder);
      for (const file of await filesNeeded(store, manifest))
        await staged.write(file.path, (await readChecked(store, file)).bytes);
      await putManifest(staged, manifest, new Date(0));
      await movePointer(staged, manifest.indexVersion, { from: {}, now: new Date(0), keep: 1 });
    },
    ask: (url) =>
      measureLatency(clips, ({ tokens, durationMs }, k) => {
        const seen = { tokens: tokens.subarray(0, model.maxFrames * width), durationMs };
        return askWithTokens(`${url}/v1/moments`, seen, encoders.image, { k });
      }),
  });
}
