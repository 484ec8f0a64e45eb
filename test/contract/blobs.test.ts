import { fileBlobs } from '../../src/blobs/fileBlobs.ts'
import { memoryBlobs } from '../../src/blobs/memoryBlobs.ts'
import { blobsContract } from './blobs.ts'

blobsContract('blobs in files', fileBlobs)
blobsContract('blobs in memory', memoryBlobs)
