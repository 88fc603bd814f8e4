/**
 * Keep what node makes of the source: TypeScript without its types, compiled. A command starts in half the time (docs/benchmarks.md).
 *
 * It lies in the system's folder for temporary files, and node makes an entry anew when its source or node changes. The processes that a command
 * starts take it over by their environment. https://nodejs.org/api/module.html#module-compile-cache
 */
import { enableCompileCache } from 'node:module';

const { directory } = enableCompileCache();
if (directory) process.env.NODE_COMPILE_CACHE ??= directory;
