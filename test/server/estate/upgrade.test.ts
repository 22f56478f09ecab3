import { cp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { NO_GATE_RULES } from '#contract/upgrade.js'
import { systemClock } from '#kernel/clock.js'
import { openDatabase } from '../../../server/db/client.js'
import { OneConnectionLibSql } from '../../../server/db/libsql-adapter.js'
import { migrate } from '../../../server/db/migrate.js'
import { registeredGates } from '../../../server/estate/estate-register.js'
import { openPermitsAt } from '../../../server/permit/permit-register.js'
import { MIGRATIONS, systemIds, tempFolder } from '../support/temp-database.js'

const BEFORE_RULES = '20261123071853'

it('a database from before the rules keeps its cameras as devices and its permits as they were', async () => {
  const folder = await tempFolder()
  const url = `file:${join(folder, 'server.db')}`
  const old = join(folder, 'migrations')
  for (const name of (await readdir(MIGRATIONS)).filter((each) => each < BEFORE_RULES)) await cp(join(MIGRATIONS, name), join(old, name), { recursive: true })
  const deps = { url, clock: systemClock, ids: systemIds }
  await migrate({ ...deps, folder: old })
  const connection = await new OneConnectionLibSql({ url }).connect()
  await connection.executeScript(`
    INSERT INTO "Estate" ("id", "name", "district", "createdAtMs") VALUES ('jh', 'x', 'y', 1);
    INSERT INTO "Gate" ("estateId", "gateId", "name", "controllerId", "doorNo", "releaseMs", "faceFreeWays") VALUES ('jh', 'g-1', '南门', 'c-1', 1, 3000, '["card"]');
    INSERT INTO "GateCamera" ("estateId", "cameraId", "gateId") VALUES ('jh', 'cam-2', 'g-1'), ('jh', 'cam-1', 'g-1');
    INSERT INTO "Person" ("personRef", "estateId", "createdAtMs") VALUES ('p', 'jh', 1);
    INSERT INTO "Permit" ("permitId", "estateId", "personRef", "validFromMs", "validUntilMs") VALUES ('permit', 'jh', 'p', 5, 9);
    INSERT INTO "PermitGate" ("permitId", "estateId", "gateId") VALUES ('permit', 'jh', 'g-1');`)
  await connection.dispose()
  await migrate({ ...deps, folder: MIGRATIONS })
  const db = await openDatabase(url)
  expect(await registeredGates(db.read, 'jh')).toEqual([{
    gateId: 'g-1', name: '南门', zoneId: 'all', controllerId: 'c-1', doorNo: 1, releaseMs: 3_000, faceFreeWays: ['card'], rules: NO_GATE_RULES,
    devices: [{ deviceId: 'cam-1', direction: 'in' }, { deviceId: 'cam-2', direction: 'in' }],
  }])
  expect(await openPermitsAt(db.read, 'jh', 'g-1')).toEqual([
    { permitId: 'permit', estateId: 'jh', personRef: 'p', role: 'resident', gateIds: ['g-1'], scheduleId: null, validFromMs: 5, validUntilMs: 9, endedAtMs: null },
  ])
  await db.close()
})
