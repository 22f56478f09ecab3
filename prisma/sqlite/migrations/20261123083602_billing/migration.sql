-- CreateTable
CREATE TABLE "RentStandard" (
    "standardId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "buildingId" TEXT,
    "tier" TEXT NOT NULL,
    "basis" TEXT NOT NULL,
    "priceFen" INTEGER NOT NULL,
    "overPriceFen" INTEGER,
    "fromDate" TEXT NOT NULL,
    "untilDate" TEXT,
    "approvalNo" TEXT NOT NULL,
    "example" BOOLEAN NOT NULL DEFAULT false,
    "setBy" TEXT NOT NULL,
    "setAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "BillingPolicy" (
    "policyId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "fromDate" TEXT NOT NULL,
    "content" TEXT NOT NULL,
    "setBy" TEXT NOT NULL,
    "setAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "TierCertificate" (
    "certificateId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "householdId" TEXT NOT NULL,
    "tier" TEXT NOT NULL,
    "certificateNo" TEXT NOT NULL,
    "fromDate" TEXT NOT NULL,
    "untilDate" TEXT NOT NULL,
    "endedAtMs" BIGINT,
    "recordedBy" TEXT NOT NULL,
    "recordedAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "RentRelief" (
    "reliefId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "householdId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "value" INTEGER NOT NULL,
    "fromDate" TEXT NOT NULL,
    "untilDate" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "approvalNo" TEXT,
    "proposedBy" TEXT NOT NULL,
    "proposedAtMs" BIGINT NOT NULL,
    "decidedBy" TEXT,
    "decidedAtMs" BIGINT
);

-- CreateTable
CREATE TABLE "BillingRun" (
    "runId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "period" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "issuedOn" TEXT NOT NULL,
    "figures" TEXT NOT NULL,
    "previewedBy" TEXT NOT NULL,
    "previewedAtMs" BIGINT NOT NULL,
    "issuedBy" TEXT,
    "issuedAtMs" BIGINT
);

-- CreateTable
CREATE TABLE "Bill" (
    "billId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "householdId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "period" TEXT NOT NULL,
    "ref" TEXT NOT NULL DEFAULT '',
    "adjusts" TEXT,
    "label" TEXT NOT NULL,
    "unitLabel" TEXT NOT NULL,
    "buildingId" TEXT,
    "tier" TEXT,
    "fromDate" TEXT NOT NULL,
    "untilDate" TEXT NOT NULL,
    "issuedOn" TEXT NOT NULL,
    "dueDate" TEXT NOT NULL,
    "totalFen" BIGINT NOT NULL,
    "runId" TEXT,
    "approvalNo" TEXT,
    "issuedBy" TEXT,
    "issuedAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "BillLine" (
    "billId" TEXT NOT NULL,
    "lineNo" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "receivable" TEXT NOT NULL,
    "fen" BIGINT NOT NULL,
    "explanation" TEXT NOT NULL,

    PRIMARY KEY ("billId", "lineNo")
);

-- CreateTable
CREATE TABLE "BillPart" (
    "billId" TEXT NOT NULL,
    "receivable" TEXT NOT NULL,
    "estateId" TEXT NOT NULL,
    "householdId" TEXT NOT NULL,
    "dueDate" TEXT NOT NULL,
    "issuedFen" BIGINT NOT NULL,
    "reducedFen" BIGINT NOT NULL DEFAULT 0,
    "offsetFen" BIGINT NOT NULL DEFAULT 0,
    "paidFen" BIGINT NOT NULL DEFAULT 0,
    "openFen" BIGINT NOT NULL,

    PRIMARY KEY ("billId", "receivable")
);

-- CreateTable
CREATE TABLE "BillAdjustment" (
    "adjustmentId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "billId" TEXT NOT NULL,
    "receivable" TEXT NOT NULL,
    "fen" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "approvalNo" TEXT,
    "proposedBy" TEXT NOT NULL,
    "proposedAtMs" BIGINT NOT NULL,
    "decidedBy" TEXT,
    "decidedAtMs" BIGINT
);

-- CreateTable
CREATE TABLE "BillingHold" (
    "holdId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "householdId" TEXT NOT NULL,
    "billId" TEXT,
    "kind" TEXT NOT NULL,
    "fromDate" TEXT NOT NULL,
    "untilDate" TEXT,
    "note" TEXT NOT NULL,
    "setBy" TEXT NOT NULL,
    "setAtMs" BIGINT NOT NULL
);

-- CreateIndex
CREATE INDEX "RentStandard_estateId_fromDate_idx" ON "RentStandard"("estateId", "fromDate");

-- CreateIndex
CREATE UNIQUE INDEX "BillingPolicy_estateId_fromDate_key" ON "BillingPolicy"("estateId", "fromDate");

-- CreateIndex
CREATE INDEX "TierCertificate_householdId_idx" ON "TierCertificate"("householdId");

-- CreateIndex
CREATE INDEX "TierCertificate_estateId_idx" ON "TierCertificate"("estateId");

-- CreateIndex
CREATE INDEX "RentRelief_householdId_idx" ON "RentRelief"("householdId");

-- CreateIndex
CREATE INDEX "RentRelief_estateId_state_idx" ON "RentRelief"("estateId", "state");

-- CreateIndex
CREATE INDEX "BillingRun_estateId_period_idx" ON "BillingRun"("estateId", "period");

-- CreateIndex
CREATE INDEX "Bill_estateId_period_kind_idx" ON "Bill"("estateId", "period", "kind");

-- CreateIndex
CREATE INDEX "Bill_householdId_dueDate_idx" ON "Bill"("householdId", "dueDate");

-- CreateIndex
CREATE INDEX "Bill_adjusts_idx" ON "Bill"("adjusts");

-- CreateIndex
CREATE INDEX "Bill_runId_idx" ON "Bill"("runId");

-- CreateIndex
CREATE UNIQUE INDEX "Bill_householdId_period_kind_ref_key" ON "Bill"("householdId", "period", "kind", "ref");

-- CreateIndex
CREATE INDEX "BillPart_householdId_openFen_idx" ON "BillPart"("householdId", "openFen");

-- CreateIndex
CREATE INDEX "BillPart_estateId_dueDate_idx" ON "BillPart"("estateId", "dueDate");

-- CreateIndex
CREATE INDEX "BillAdjustment_estateId_state_idx" ON "BillAdjustment"("estateId", "state");

-- CreateIndex
CREATE INDEX "BillAdjustment_billId_idx" ON "BillAdjustment"("billId");

-- CreateIndex
CREATE INDEX "BillingHold_householdId_idx" ON "BillingHold"("householdId");

-- CreateIndex
CREATE INDEX "BillingHold_estateId_idx" ON "BillingHold"("estateId");
