-- CreateTable
CREATE TABLE "PhoneCode" (
    "challengeId" TEXT NOT NULL PRIMARY KEY,
    "phoneHash" TEXT NOT NULL,
    "codeHash" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "expiresAtMs" BIGINT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "usedAtMs" BIGINT
);

-- CreateTable
CREATE TABLE "ResidentAccount" (
    "userId" TEXT NOT NULL PRIMARY KEY,
    "personRef" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "PayLink" (
    "tokenHash" TEXT NOT NULL PRIMARY KEY,
    "billId" TEXT NOT NULL,
    "estateId" TEXT NOT NULL,
    "createdBy" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "expiresAtMs" BIGINT NOT NULL
);

-- CreateIndex
CREATE INDEX "PhoneCode_phoneHash_createdAtMs_idx" ON "PhoneCode"("phoneHash", "createdAtMs");

-- CreateIndex
CREATE INDEX "PhoneCode_address_createdAtMs_idx" ON "PhoneCode"("address", "createdAtMs");

-- CreateIndex
CREATE INDEX "PhoneCode_createdAtMs_idx" ON "PhoneCode"("createdAtMs");

-- CreateIndex
CREATE UNIQUE INDEX "ResidentAccount_personRef_key" ON "ResidentAccount"("personRef");

-- CreateIndex
CREATE INDEX "PayLink_billId_idx" ON "PayLink"("billId");
