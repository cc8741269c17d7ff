import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vite";

const OUTPUT = join(import.meta.dirname, "../../../build/console");

/** The server sends the packed copy that the browser takes. */
const packed: Plugin = {
  name: "packed-copies",
  closeBundle() {
    for (const name of readdirSync(OUTPUT, { recursive: true, encoding: "utf8" })) {
      if (!/\.(?:js|css|html)$/.test(name)) continue;
      const file = join(OUTPUT, name);
      const bytes = readFileSync(file);
      writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
      writeFileSync(`${file}.br`, brotliCompressSync(bytes));
    }
  },
};

/** Built into build/console, from where the hub serves it; needs nothing from the network. */
export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [react(), packed],
  build: {
    outDir: OUTPUT,
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
});
