@REQ-FIN-1
Feature: Invoicing, payments and the ledger
  What was delivered is invoiced in full, and every posting reaches the ledger.

  @smoke
  Scenario: An order is shipped, invoiced and paid in two parts
    Given there is an approved order for 4 pieces
    And I am signed in as "clerk"
    When I open "Order {order}"
    And I click "Ship"
    Then the field "Status" should be "Shipped"
    When I continue as "finance"
    And I open "Order {order}"
    And I click "Create invoice"
    Then the field "Status" should be "Invoiced"
    And the amount "Total" should equal "4 * {price}"
    And the amount "Open amount" should equal "4 * {price}"
    When I enter "0.01" in "Amount"
    And I click "Record payment"
    Then the field "Status" should be "Invoiced"
    And the amount "Open amount" should equal "4 * {price} - 0.01"
    When I click "Record payment"
    Then the field "Status" should be "Paid"
    And the amount "Open amount" should equal "0"

  @REQ-FIN-2
  Scenario: The invoice is posted to the ledger
    Given there is an approved order for 2 pieces
    And I am signed in as "clerk"
    When I open "Order {order}"
    And I click "Ship"
    And I continue as "finance"
    And I open "Order {order}"
    And I click "Create invoice"
    And I remember the field "Invoice number" as "invoice"
    And I remember the field "Amount" as "invoiced"
    Then the amount "Total" should equal "2 * {price}"
    When I open "Accounts receivable"
    And I enter "{invoice}" in "Search"
    And I click the "Search" button
    Then the table "Journal entries" should contain:
      | Currency | Debit      |
      | CNY      | {invoiced} |

  @异常 @REQ-FIN-1
  Scenario: More than the open amount cannot be paid
    Given there is an approved order for 1 pieces
    And I am signed in as "clerk"
    When I open "Order {order}"
    And I click "Ship"
    And I continue as "finance"
    And I open "Order {order}"
    And I click "Create invoice"
    And I enter "99999999.99" in "Amount"
    And I click "Record payment"
    Then the system should refuse with "Amount must not be over the open amount"
    When I open "Order {order}"
    Then the field "Status" should be "Invoiced"
    And the amount "Open amount" should equal "1 * {price}"
