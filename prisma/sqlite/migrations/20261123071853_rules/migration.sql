-- CreateTable
CREATE TABLE "GateDevice" (
    "estateId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "gateId" TEXT NOT NULL,
    "direction" TEXT NOT NULL DEFAULT 'in',

    PRIMARY KEY ("estateId", "deviceId"),
    CONSTRAINT "GateDevice_estateId_gateId_fkey" FOREIGN KEY ("estateId", "gateId") REFERENCES "Gate" ("estateId", "gateId") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- Cameras of gates become devices that look inwards.
INSERT INTO "GateDevice" ("estateId", "deviceId", "gateId") SELECT "estateId", "cameraId", "gateId" FROM "GateCamera";
DROP TABLE "GateCamera";

-- CreateTable
CREATE TABLE "Credential" (
    "credentialId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "personRef" TEXT,
    "visitId" TEXT,
    "kind" TEXT NOT NULL,
    "secret" TEXT,
    "lookup" TEXT,
    "hint" TEXT NOT NULL,
    "validFromMs" BIGINT NOT NULL,
    "validUntilMs" BIGINT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT NOT NULL,
    "endedAtMs" BIGINT,
    "endCause" TEXT,
    "replacedBy" TEXT
);

-- CreateTable
CREATE TABLE "CredentialUse" (
    "estateId" TEXT NOT NULL,
    "credentialId" TEXT NOT NULL,
    "granted" INTEGER NOT NULL,
    "refused" INTEGER NOT NULL,
    "lastAtMs" BIGINT NOT NULL,
    "lastGateId" TEXT NOT NULL,

    PRIMARY KEY ("estateId", "credentialId")
);

-- CreateTable
CREATE TABLE "Schedule" (
    "estateId" TEXT NOT NULL,
    "scheduleId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "weekly" TEXT NOT NULL,
    "onHolidays" TEXT NOT NULL,

    PRIMARY KEY ("estateId", "scheduleId")
);

-- CreateTable
CREATE TABLE "Holiday" (
    "date" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "treatAs" TEXT NOT NULL,
    "source" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "Visit" (
    "visitId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "displayName" TEXT,
    "purpose" TEXT NOT NULL,
    "hostPersonRef" TEXT,
    "gateIds" TEXT NOT NULL,
    "validFromMs" BIGINT NOT NULL,
    "validUntilMs" BIGINT NOT NULL,
    "scheduleId" TEXT,
    "passagesMax" INTEGER,
    "origin" TEXT NOT NULL,
    "createdBy" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "endedAtMs" BIGINT,
    "endCause" TEXT
);

-- CreateTable
CREATE TABLE "VisitUse" (
    "estateId" TEXT NOT NULL,
    "visitId" TEXT NOT NULL,
    "passagesIn" INTEGER NOT NULL,
    "lastAtMs" BIGINT NOT NULL,

    PRIMARY KEY ("estateId", "visitId")
);

-- CreateTable
CREATE TABLE "DeskWithdrawal" (
    "consentId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "personRef" TEXT NOT NULL,
    "operatorRef" TEXT NOT NULL,
    "atMs" BIGINT NOT NULL
);

-- AlterTable
ALTER TABLE "Gate" ADD COLUMN "zoneId" TEXT NOT NULL DEFAULT 'all';
ALTER TABLE "Gate" ADD COLUMN "rules" TEXT;

-- AlterTable
ALTER TABLE "Permit" ADD COLUMN "role" TEXT NOT NULL DEFAULT 'resident';
ALTER TABLE "Permit" ADD COLUMN "scheduleId" TEXT;

-- CreateIndex
CREATE INDEX "Permit_estateId_scheduleId_idx" ON "Permit"("estateId", "scheduleId");

-- CreateIndex
CREATE INDEX "GateDevice_estateId_gateId_idx" ON "GateDevice"("estateId", "gateId");

-- CreateIndex
CREATE INDEX "Credential_estateId_kind_lookup_idx" ON "Credential"("estateId", "kind", "lookup");

-- CreateIndex
CREATE INDEX "Credential_personRef_idx" ON "Credential"("personRef");

-- CreateIndex
CREATE INDEX "Credential_visitId_idx" ON "Credential"("visitId");

-- CreateIndex
CREATE INDEX "Credential_endedAtMs_validUntilMs_idx" ON "Credential"("endedAtMs", "validUntilMs");

-- CreateIndex
CREATE INDEX "Visit_estateId_createdAtMs_visitId_idx" ON "Visit"("estateId", "createdAtMs", "visitId");

-- CreateIndex
CREATE INDEX "Visit_createdAtMs_visitId_idx" ON "Visit"("createdAtMs", "visitId");

-- CreateIndex
CREATE INDEX "Visit_hostPersonRef_idx" ON "Visit"("hostPersonRef");

-- CreateIndex
CREATE INDEX "Visit_endedAtMs_validUntilMs_idx" ON "Visit"("endedAtMs", "validUntilMs");
