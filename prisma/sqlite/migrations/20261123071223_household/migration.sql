-- CreateTable
CREATE TABLE "Building" (
    "buildingId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "floors" INTEGER NOT NULL,
    "createdAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "Unit" (
    "unitId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "buildingId" TEXT NOT NULL,
    "floor" INTEGER NOT NULL,
    "roomNo" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "areaCentiM2" INTEGER NOT NULL,
    "layout" TEXT NOT NULL,
    "hasElevator" BOOLEAN NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    CONSTRAINT "Unit_buildingId_fkey" FOREIGN KEY ("buildingId") REFERENCES "Building" ("buildingId") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "GateBuilding" (
    "estateId" TEXT NOT NULL,
    "gateId" TEXT NOT NULL,
    "buildingId" TEXT NOT NULL,

    PRIMARY KEY ("estateId", "gateId", "buildingId")
);

-- CreateTable
CREATE TABLE "Household" (
    "householdId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "householdNo" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "Lease" (
    "leaseId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "householdId" TEXT NOT NULL,
    "unitId" TEXT NOT NULL,
    "leaseNo" TEXT NOT NULL,
    "fromDate" TEXT NOT NULL,
    "untilDate" TEXT NOT NULL,
    "agreedUntilDate" TEXT NOT NULL,
    "endCause" TEXT,
    "closedAtMs" BIGINT,
    "createdAtMs" BIGINT NOT NULL,
    CONSTRAINT "Lease_householdId_fkey" FOREIGN KEY ("householdId") REFERENCES "Household" ("householdId") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Lease_unitId_fkey" FOREIGN KEY ("unitId") REFERENCES "Unit" ("unitId") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "HouseholdMember" (
    "memberId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "householdId" TEXT NOT NULL,
    "personRef" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "fromDate" TEXT NOT NULL,
    "untilDate" TEXT,
    "closedAtMs" BIGINT,
    "createdAtMs" BIGINT NOT NULL,
    CONSTRAINT "HouseholdMember_householdId_fkey" FOREIGN KEY ("householdId") REFERENCES "Household" ("householdId") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "HouseholdPermit" (
    "permitId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "householdId" TEXT NOT NULL,
    "memberId" TEXT NOT NULL,
    "leaseId" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "PersonContact" (
    "personRef" TEXT NOT NULL PRIMARY KEY,
    "phone" TEXT
);

-- CreateTable
CREATE TABLE "HouseholdImport" (
    "digest" TEXT NOT NULL PRIMARY KEY,
    "importedBy" TEXT NOT NULL,
    "importedAtMs" BIGINT NOT NULL,
    "counts" TEXT NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "Building_estateId_name_key" ON "Building"("estateId", "name");

-- CreateIndex
CREATE INDEX "Unit_estateId_buildingId_idx" ON "Unit"("estateId", "buildingId");

-- CreateIndex
CREATE UNIQUE INDEX "Unit_buildingId_roomNo_key" ON "Unit"("buildingId", "roomNo");

-- CreateIndex
CREATE UNIQUE INDEX "Household_estateId_householdNo_key" ON "Household"("estateId", "householdNo");

-- CreateIndex
CREATE INDEX "Lease_householdId_idx" ON "Lease"("householdId");

-- CreateIndex
CREATE INDEX "Lease_unitId_fromDate_idx" ON "Lease"("unitId", "fromDate");

-- CreateIndex
CREATE INDEX "Lease_estateId_fromDate_idx" ON "Lease"("estateId", "fromDate");

-- CreateIndex
CREATE INDEX "Lease_closedAtMs_untilDate_idx" ON "Lease"("closedAtMs", "untilDate");

-- CreateIndex
CREATE UNIQUE INDEX "Lease_estateId_leaseNo_key" ON "Lease"("estateId", "leaseNo");

-- CreateIndex
CREATE INDEX "HouseholdMember_householdId_idx" ON "HouseholdMember"("householdId");

-- CreateIndex
CREATE INDEX "HouseholdMember_personRef_idx" ON "HouseholdMember"("personRef");

-- CreateIndex
CREATE INDEX "HouseholdMember_estateId_idx" ON "HouseholdMember"("estateId");

-- CreateIndex
CREATE INDEX "HouseholdMember_closedAtMs_untilDate_idx" ON "HouseholdMember"("closedAtMs", "untilDate");

-- CreateIndex
CREATE INDEX "HouseholdPermit_householdId_idx" ON "HouseholdPermit"("householdId");

-- CreateIndex
CREATE INDEX "HouseholdPermit_estateId_idx" ON "HouseholdPermit"("estateId");

-- CreateIndex
CREATE UNIQUE INDEX "HouseholdPermit_memberId_leaseId_key" ON "HouseholdPermit"("memberId", "leaseId");

-- CreateIndex
CREATE INDEX "PersonContact_phone_idx" ON "PersonContact"("phone");
