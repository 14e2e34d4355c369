@REQ-O2C-2
Feature: Approving sales orders
  Whoever approves sees that the customer is good for the money, and never approves an own order.

  Scenario: An approver rejects an order
    Given there are a customer without a credit limit and a product in stock
    And I am signed in as "clerk"
    When I open "New order"
    And I fill in:
      | Customer      | {customer} |
      | Product       | {product}  |
      | Quantity      | 2          |
      | Delivery date | today+14   |
    And I click "Save"
    And I remember the field "Order number" as "order"
    And I click "Submit"
    And I continue as "approver"
    And I open "Order {order}"
    And I click "Reject"
    Then the page should show:
      | Status     | Rejected |
      | Decided by | approver |
    And the "Ship" button should be absent

  @异常
  Scenario: Nobody approves an own order
    Given there are a customer without a credit limit and a product in stock
    And I am signed in as "approver"
    When I enter an order for "1" pieces
    And I click "Submit"
    And I click "Approve"
    Then the system should refuse with "You may not approve your own order."
    When I continue as "approver2"
    And I open "Order {order}"
    And I click "Approve"
    Then the field "Status" should be "Approved"

  @边界 @REQ-O2C-3
  Scenario Outline: The credit limit counts to the last piece
    Given there are a customer with a credit limit and a product in stock
    And I am signed in as "clerk"
    When I open "New order"
    And I fill in:
      | Customer      | {customer} |
      | Product       | {product}  |
      | Quantity      | {<pieces>} |
      | Delivery date | today+7    |
    And I click "Save"
    And I remember the field "Order number" as "order"
    And I click "Submit"
    And I continue as "approver"
    And I open "Order {order}"
    And I click "Approve"
    Then I should see "<message>"
    When I open "Order {order}"
    Then the field "Status" should be "<status>"

    Examples:
      | pieces           | message                    | status            |
      | most_within      | was approved               | Approved          |
      | one_piece_beyond | is over the credit limit   | Awaiting approval |
