#!/usr/bin/env node
// Starts Falconer under Node 24 or newer. Plain JavaScript that any Node since 18 reads: where the caller's Node is
// older, it runs the one that is installed beside the packages, else says what to do.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const wanted = 24
const at = path => new URL(path, import.meta.url)
const source = at('../src/main.ts')
const main = existsSync(source) ? source : at('../dist/main.js')

if (Number.parseInt(process.versions.node, 10) >= wanted) {
  module.enableCompileCache?.()
  await import(main.href)
} else {
  const node = fileURLToPath(at(`../node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`))
  if (existsSync(node)) {
    restart(node)
  } else {
    console.error(`falconer needs Node ${wanted} or newer; this is Node ${process.versions.node} (${process.execPath}).
fix: install Node ${wanted} from https://nodejs.org, or run "npm ci" in the checkout, which brings it along.`)
    process.exitCode = 1
  }
}

function restart(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', error => {
    console.error(`falconer could not start ${node}: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1)
  })
}
