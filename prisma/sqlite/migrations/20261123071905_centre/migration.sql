-- Alarms, orders, devices, figures; passages of every way in. Passages that are here already keep all they said.
-- CreateTable
CREATE TABLE "Alarm" (
    "gatewayId" TEXT NOT NULL,
    "alarmId" TEXT NOT NULL,
    "estateId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "open" BOOLEAN NOT NULL,
    "gateId" TEXT,
    "deviceId" TEXT,
    "passageId" TEXT,
    "personRef" TEXT,
    "detail" TEXT,
    "raisedAtMs" BIGINT NOT NULL,
    "updatedAtMs" BIGINT NOT NULL,
    "registers" TEXT NOT NULL,

    PRIMARY KEY ("gatewayId", "alarmId")
);

-- CreateTable
CREATE TABLE "DeviceRecord" (
    "estateId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "updatedAtMs" BIGINT NOT NULL,
    "registers" TEXT NOT NULL,

    PRIMARY KEY ("estateId", "deviceId")
);

-- CreateTable
CREATE TABLE "DeviceHistory" (
    "gatewayId" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "seq" BIGINT NOT NULL,
    "estateId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "content" TEXT NOT NULL,
    "occurredAtMs" BIGINT NOT NULL,

    PRIMARY KEY ("gatewayId", "epoch", "seq")
);

-- CreateTable
CREATE TABLE "DeviceSettings" (
    "estateId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "parameterSetId" TEXT NOT NULL,
    "values" TEXT NOT NULL,
    "setBy" TEXT NOT NULL,
    "setAtMs" BIGINT NOT NULL,

    PRIMARY KEY ("estateId", "deviceId")
);

-- CreateTable
CREATE TABLE "FirmwareFile" (
    "firmwareId" TEXT NOT NULL PRIMARY KEY,
    "deviceKind" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "sha256" TEXT NOT NULL,
    "uploadedBy" TEXT NOT NULL,
    "uploadedAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "FirmwareJob" (
    "jobId" TEXT NOT NULL PRIMARY KEY,
    "orderId" TEXT NOT NULL,
    "firmwareId" TEXT NOT NULL,
    "gatewayId" TEXT NOT NULL,
    "estateId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "AccessTally" (
    "estateId" TEXT NOT NULL,
    "hourStartMs" BIGINT NOT NULL,
    "way" TEXT NOT NULL,
    "decision" TEXT NOT NULL,
    "passages" INTEGER NOT NULL,
    "attempts" INTEGER NOT NULL,

    PRIMARY KEY ("estateId", "hourStartMs", "way", "decision")
);

-- CreateTable
CREATE TABLE "WaitTally" (
    "estateId" TEXT NOT NULL,
    "dayStartMs" BIGINT NOT NULL,
    "way" TEXT NOT NULL,
    "waitBin" INTEGER NOT NULL,
    "passages" INTEGER NOT NULL,

    PRIMARY KEY ("estateId", "dayStartMs", "way", "waitBin")
);

-- CreateTable
CREATE TABLE "GatewayOrder" (
    "orderId" TEXT NOT NULL PRIMARY KEY,
    "gatewayId" TEXT NOT NULL,
    "estateId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "content" TEXT NOT NULL,
    "note" TEXT,
    "operatorRef" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "expiresAtMs" BIGINT NOT NULL,
    "life" TEXT NOT NULL,
    "deadlineMonoMs" REAL NOT NULL,
    "givenAtMs" BIGINT,
    "outcome" TEXT,
    "outcomeReason" TEXT,
    "outcomeAtMs" BIGINT,
    "endedAtMs" BIGINT
);

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_AccessEvent" (
    "passageId" TEXT NOT NULL PRIMARY KEY,
    "gatewayId" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "seq" BIGINT NOT NULL,
    "estateId" TEXT NOT NULL,
    "gateId" TEXT NOT NULL,
    "deviceId" TEXT,
    "way" TEXT NOT NULL,
    "direction" TEXT NOT NULL DEFAULT 'in',
    "result" TEXT NOT NULL,
    "reason" TEXT,
    "decision" TEXT NOT NULL,
    "remarks" TEXT NOT NULL DEFAULT '[]',
    "personRef" TEXT,
    "permitId" TEXT,
    "credentialId" TEXT,
    "visitId" TEXT,
    "operatorRef" TEXT,
    "override" TEXT,
    "score" REAL,
    "margin" REAL,
    "threshold" REAL,
    "liveness" REAL,
    "gallerySize" INTEGER,
    "modelId" TEXT,
    "ageMs" REAL,
    "waitMs" REAL,
    "attempts" INTEGER NOT NULL DEFAULT 1,
    "timings" TEXT NOT NULL,
    "occurredAtMs" BIGINT NOT NULL
);
INSERT INTO "new_AccessEvent" ("deviceId", "epoch", "estateId", "gallerySize", "gateId", "gatewayId", "liveness", "margin", "modelId", "occurredAtMs", "passageId", "permitId", "personRef", "reason", "result", "score", "seq", "threshold", "timings", "way", "ageMs", "decision")
SELECT "deviceId", "epoch", "estateId", "gallerySize", "gateId", "gatewayId", "liveness", "margin", "modelId", "occurredAtMs", "passageId", "permitId", "personRef", "reason", "result", "score", "seq", "threshold", "timings", "way", "frameAgeMs", CASE WHEN "result" = 'granted' THEN 'granted' ELSE COALESCE("reason", 'refused') END FROM "AccessEvent";
DROP TABLE "AccessEvent";
ALTER TABLE "new_AccessEvent" RENAME TO "AccessEvent";
CREATE INDEX "AccessEvent_estateId_occurredAtMs_passageId_idx" ON "AccessEvent"("estateId", "occurredAtMs", "passageId");
CREATE INDEX "AccessEvent_estateId_way_decision_occurredAtMs_passageId_idx" ON "AccessEvent"("estateId", "way", "decision", "occurredAtMs", "passageId");
CREATE INDEX "AccessEvent_estateId_gateId_way_decision_occurredAtMs_passageId_idx" ON "AccessEvent"("estateId", "gateId", "way", "decision", "occurredAtMs", "passageId");
CREATE INDEX "AccessEvent_personRef_occurredAtMs_passageId_idx" ON "AccessEvent"("personRef", "occurredAtMs", "passageId");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- CreateIndex
CREATE INDEX "Alarm_estateId_open_raisedAtMs_alarmId_idx" ON "Alarm"("estateId", "open", "raisedAtMs", "alarmId");

-- CreateIndex
CREATE INDEX "Alarm_estateId_raisedAtMs_alarmId_idx" ON "Alarm"("estateId", "raisedAtMs", "alarmId");

-- CreateIndex
CREATE INDEX "DeviceHistory_estateId_deviceId_occurredAtMs_idx" ON "DeviceHistory"("estateId", "deviceId", "occurredAtMs");

-- CreateIndex
CREATE INDEX "DeviceHistory_kind_occurredAtMs_idx" ON "DeviceHistory"("kind", "occurredAtMs");

-- CreateIndex
CREATE INDEX "FirmwareFile_uploadedAtMs_idx" ON "FirmwareFile"("uploadedAtMs");

-- CreateIndex
CREATE UNIQUE INDEX "FirmwareJob_orderId_key" ON "FirmwareJob"("orderId");

-- CreateIndex
CREATE INDEX "FirmwareJob_estateId_deviceId_idx" ON "FirmwareJob"("estateId", "deviceId");

-- CreateIndex
CREATE INDEX "GatewayOrder_gatewayId_outcome_endedAtMs_idx" ON "GatewayOrder"("gatewayId", "outcome", "endedAtMs");

-- CreateIndex
CREATE INDEX "GatewayOrder_estateId_createdAtMs_orderId_idx" ON "GatewayOrder"("estateId", "createdAtMs", "orderId");

-- CreateIndex
CREATE INDEX "GatewayOrder_estateId_subject_createdAtMs_idx" ON "GatewayOrder"("estateId", "subject", "createdAtMs");

-- CreateIndex
CREATE INDEX "GatewayOrder_outcome_endedAtMs_idx" ON "GatewayOrder"("outcome", "endedAtMs");

-- What was counted from now on is counted of the past too.
INSERT INTO "AccessTally" ("estateId", "hourStartMs", "way", "decision", "passages", "attempts")
SELECT "estateId", ("occurredAtMs" / 3600000) * 3600000, "way", "decision", COUNT(*), SUM("attempts") FROM "AccessEvent" GROUP BY 1, 2, 3, 4;
