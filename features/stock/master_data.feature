@REQ-STK-2
Feature: Products and delivery dates
  Master data came over from the old system: it is found by its code, and today is a day to deliver.

  @smoke
  Scenario: A product is found by its code
    Given there are a customer without a credit limit and a product in stock
    And I am signed in as "clerk"
    When I open "Products"
    And I enter "{product}" in "Search"
    And I click the "Search" button
    Then the table "Products" should contain:
      | Code      | Status |
      | {product} | Active |

  @边界
  Scenario: A delivery today is possible, one yesterday is not
    Given there are a customer without a credit limit and a product in stock
    And I am signed in as "clerk"
    When I open "New order"
    And I fill in:
      | Customer      | {customer} |
      | Product       | {product}  |
      | Quantity      | 1          |
      | Delivery date | today-1    |
    And I click "Save"
    Then the system should refuse with "Delivery date must not be in the past."
    When I enter "today" in "Delivery date"
    And I click "Save"
    Then the field "Status" should be "Draft"
