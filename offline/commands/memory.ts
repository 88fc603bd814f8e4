/**
 * Start again with an allocator that keeps its memory, and holds it in huge pages.
 *
 * onnxruntime asks malloc for the large tensors of every run and gives them back after it. glibc's defaults return them to the system, which
 * zeroes them again, 4 KiB at a time: half of a training step (docs/benchmarks.md). The settings are read once, when a process starts, so
 * cli.ts imports this file before any other, and the process replaces itself; its number, streams and terminal stay.
 * https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
 */
import { isTuned, TUNABLES, tunedEnvironment } from '../lib/allocator.ts';

/** Commands that run networks, or start processes that do. */
const HEAVY = ['train', 'experiment', 'evaluate', 'encode', 'worker', 'ground', 'export', 'index', 'learn', 'demo'];

const { argv, env, execArgv, execPath } = process;
if (HEAVY.includes(argv[2]) && TUNABLES && !isTuned(env) && process.execve)
  process.execve(execPath, [execPath, ...execArgv, ...argv.slice(1)], tunedEnvironment(env));
