/** Where the runtime computes, and with which options. What stays there between runs is device-buffer.ts. */
import ort from 'onnxruntime-node';

/** onnxruntime's execution providers that are supported. */
export const DEVICES = ['cpu', 'webgpu', 'cuda'] as const;
/** One of DEVICES. */
export type Device = (typeof DEVICES)[number];

/** Whether the runtime's own package holds the device's provider; CUDA's libraries are installed beside it. */
export function isBundled(device: Device): boolean {
  return ort.listSupportedBackends().some(({ name, bundled }) => name === device && bundled);
}

/**
 * @param threads of the CPU, which computes whatever the device has no kernel for
 * @param onDevice outputs that stay on the device
 * @param profile write what every node took into files that start so, as Chrome's trace events
 */
export function runtimeOptions(
  device: Device,
  threads: number,
  onDevice: readonly string[] = [],
  profile?: string,
): ort.InferenceSession.SessionOptions {
  return {
    ...(profile ? { enableProfiling: true, profileFilePrefix: profile } : {}),
    executionProviders: [device],
    intraOpNumThreads: threads,
    enableMemPattern: false, // a pattern nearly doubles the memory of a training step
    logSeverityLevel: 3,
    // SkipLayerNormFusion: less accurate than the plain operator on the CPU, and wrong in its third output on WebGPU.
    // A pool spins while its session runs, and no longer: those of other sessions, which wait, would take the cores from it.
    extra: {
      optimization: { disable_specified_optimizers: 'SkipLayerNormFusion' },
      session: { intra_op: { allow_spinning: '1' }, force_spinning_stop: '1' },
    },
    // With this option set, memory that is given for outputs is ignored: so only where it is wanted.
    ...(keepsOutputs(device) && onDevice.length
      ? { preferredOutputLocation: Object.fromEntries(onDevice.map((name) => [name, 'gpu-buffer' as const])) }
      : {}),
  };
}

/** Only WebGPU's outputs can be kept on the device: the Node binding knows no other device's memory. */
export function keepsOutputs(device: Device): boolean {
  return device === 'webgpu';
}
